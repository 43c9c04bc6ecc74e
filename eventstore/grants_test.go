package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestGrants(t *testing.T) {
	dir := t.TempDir()
	none, err := ReadGrants(dir)
	require.NoError(t, err)
	require.False(t, none.Configured)

	var wg sync.WaitGroup
	secrets := make([]string, 8)
	for i := range secrets {
		wg.Go(func() {
			var err error
			if secrets[i], err = AddGrant(dir, fmt.Sprint("user-", i), RoleAnalyst, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	g, err := ReadGrants(dir)
	require.NoError(t, err)
	require.Len(t, g.All, len(secrets), "none is lost, whoever writes at the same time")
	info, err := os.Stat(filepath.Join(dir, accessFile))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	text, err := os.ReadFile(filepath.Join(dir, accessFile))
	require.NoError(t, err)
	for i, secret := range secrets {
		require.NotContains(t, string(text), secret)
		one, ok := g.Of(secret)
		require.True(t, ok)
		require.Equal(t, fmt.Sprint("user-", i), one.Name)
	}
	_, ok := g.Of("")
	require.False(t, ok)
	_, ok = g.Of(g.All[0].Token)
	require.False(t, ok, "a hash is no secret")

	for _, name := range []string{"", "owner", "keeper", "dashboard", "No Name", "a.b", ">", "user-1\" }"} {
		_, err := AddGrant(dir, name, RoleAnalyst, time.Now())
		require.ErrorAs(t, err, new(*OptionError), name)
	}
	_, err = AddGrant(dir, "new", "king", time.Now())
	require.ErrorAs(t, err, new(*OptionError))
	_, err = AddGrant(dir, "user-1", RoleSimulator, time.Now())
	require.ErrorAs(t, err, new(*GrantError))
	for i := range secrets {
		require.NoError(t, RevokeGrant(dir, fmt.Sprint("user-", i)))
	}
	require.ErrorAs(t, RevokeGrant(dir, "user-1"), new(*GrantError))
	g, err = ReadGrants(dir)
	require.NoError(t, err)
	require.True(t, g.Configured, "that all was revoked opens nothing")

	for _, damaged := range []string{"", "{}", `[{"name":"a"}]`, `[{"name":"a b","role":"analyst"}]`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, accessFile), []byte(damaged), 0o600))
		_, err := ReadGrants(dir)
		require.ErrorContains(t, err, "is damaged", damaged)
		_, err = Open(t.Context(), Options{Dir: dir, Listen: "127.0.0.1:0"})
		require.ErrorContains(t, err, "is damaged", damaged)
	}
}

// A file of grants that is damaged or gone while the record is served changes nothing
// for those who are let in, and lets nobody else in.
func TestGrantsGoneWhileServed(t *testing.T) {
	dir := t.TempDir()
	secret, err := AddGrant(dir, "ana", RoleAnalyst, time.Now())
	require.NoError(t, err)
	s := openDir(t, dir, listening)
	nc, err := nats.Connect(s.URL(), nats.UserInfo("ana", secret))
	require.NoError(t, err)
	defer nc.Close()
	require.NoError(t, os.WriteFile(filepath.Join(dir, accessFile), []byte("{"), 0o600))
	_, err = AddGrant(dir, "late", RoleAnalyst, time.Now())
	require.ErrorContains(t, err, "is damaged")
	require.NoError(t, nc.Flush())

	_, changed := s.Grants()
	require.NoError(t, os.Remove(filepath.Join(dir, accessFile)))
	select {
	case <-changed:
	case <-time.After(soon):
		require.Fail(t, "nobody noticed")
	}
	g, _ := s.Grants()
	require.True(t, g.Configured)
	require.Empty(t, g.All)
	require.Eventually(t, nc.IsClosed, soon, time.Millisecond)
}

// Each grant has an id of its own, also of a name that was granted before; what is
// neither revoked nor granted anew is kept while grants change.
func TestGrantsHaveIDs(t *testing.T) {
	dir := t.TempDir()
	add := func(name string) Grant {
		_, err := AddGrant(dir, name, RoleSimulator, time.Now())
		require.NoError(t, err)
		g, err := ReadGrants(dir)
		require.NoError(t, err)
		one, ok := g.Named(name)
		require.True(t, ok)
		require.NotEmpty(t, one.ID)
		return one
	}
	ana, sim := add("ana"), add("sim")
	was, err := ReadGrants(dir)
	require.NoError(t, err)
	require.NoError(t, RevokeGrant(dir, "sim"))
	require.NotEqual(t, sim.ID, add("sim").ID)
	now, err := ReadGrants(dir)
	require.NoError(t, err)
	require.Equal(t, was, was.kept(was))
	require.Equal(t, Grants{Configured: true, All: []Grant{ana}}, was.kept(now))
}
