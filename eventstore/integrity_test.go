package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/domain"
	"parley/eventstore/seal"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newKey(t testing.TB) seal.Key {
	t.Helper()
	k, err := seal.NewKey()
	require.NoError(t, err)
	return k
}

// verified verifies a store and returns what was found.
func verified(t testing.TB, s *Store, old *seal.Checkpoint) *Verification {
	t.Helper()
	v, err := s.Verify(t.Context(), VerifyOptions{Checkpoint: old})
	require.NoError(t, err)
	return v
}

// twoTalks makes a folder with two negotiations, a parked message among them, in an
// order that changes between them.
func twoTalks(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "lake")
	begin(t, s, "talks")
	for i := range n {
		name := []string{"lake", "talks"}[i%2]
		_, err := s.Append(t.Context(), Any(), statements(name, fmt.Sprintf("s%d", i), 2), AppendOptions{})
		require.NoError(t, err)
		if i == n/2 {
			require.NoError(t, publishRaw(s, "parley.record.talks", []byte("no event\nat all")))
		}
	}
	require.NoError(t, s.Close())
	return dir
}

func publishRaw(s *Store, subject string, data []byte) error {
	_, err := s.nc.Request(subject, data, soon)
	return err
}

// rebuilt writes the record of a folder anew, as somebody could who has the folder:
// with other messages, each of them whole.
func rebuilt(t testing.TB, dir string, edit func([]stored) []stored) {
	t.Helper()
	s := openDir(t, dir)
	last, err := s.lastPosition(t.Context())
	require.NoError(t, err)
	var all []stored
	require.NoError(t, s.serverSource(1, last)(t.Context(), func(m stored) bool { all = append(all, m); return true }))
	require.NoError(t, s.Close())
	other := t.TempDir()
	to := openDir(t, other)
	for _, m := range edit(all) {
		_, err := to.nc.RequestMsg(&nats.Msg{Subject: m.subject, Data: m.data}, soon)
		require.NoError(t, err)
	}
	require.NoError(t, to.Close())
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "jetstream")))
	require.NoError(t, os.Rename(filepath.Join(other, "jetstream"), filepath.Join(dir, "jetstream")))
}

func TestVerifyWhole(t *testing.T) {
	dir := twoTalks(t, 20)
	s := openDir(t, dir)
	key := newKey(t)
	c, signed, err := s.Checkpoint(t.Context(), key, nil)
	require.NoError(t, err)
	v := verified(t, s, c)
	require.NoError(t, v.Err())
	assert.Equal(t, 24, v.Compared, "the others were recorded behind one past the door, and are hashed now")
	assert.Equal(t, c.Logs, v.Logs)
	assert.Equal(t, c.Root, v.Root)
	require.NoError(t, s.Close())

	// The log goes on, with writers in other processes; all is hashed in the end.
	server := openDir(t, dir, listening)
	other := openDir(t, dir)
	_, err = other.Append(t.Context(), Any(), statements("talks", "more", 1500), AppendOptions{})
	require.NoError(t, err)
	c2, _, err := other.Checkpoint(t.Context(), key, nil)
	require.NoError(t, err)
	assert.Equal(t, int64(1543), c2.Size)
	require.NoError(t, verified(t, other, c).Err())
	require.NoError(t, verified(t, server, c2).Err())
	require.NoError(t, other.Close())
	require.NoError(t, server.Close())
	s = openDir(t, dir)
	v = verified(t, s, c2)
	require.NoError(t, v.Err())
	assert.Equal(t, 1524, v.Compared)
	assert.Equal(t, 19, v.Later)

	// Every entry can be proved, the parked one too, to whoever has the key.
	public, err := seal.ParsePublic(key.Public)
	require.NoError(t, err)
	for _, position := range []uint64{1, 2, 3, 23, 24, 25, 1543} {
		p, err := s.Prove(t.Context(), position, key, nil)
		require.NoError(t, err)
		read, err := seal.ParseProof(p.Format())
		require.NoError(t, err)
		got, err := read.Check(public)
		require.NoError(t, err)
		assert.Equal(t, c2, got)
	}
	_, err = seal.Open(signed, public)
	require.NoError(t, err)
	located, err := s.Locate(t.Context(), "", "s3-0")
	require.NoError(t, err)
	require.Len(t, located, 1)
	assert.Equal(t, "talks", located[0].Negotiation)
}

// tamperings are ways to change a record of which every message still reads. Entry
// n stands at position n+1.
var tamperings = map[string]struct {
	edit  func([]stored) []stored
	first string // kind and positions of the first finding
	count int
	old   bool // an older checkpoint tells as well
}{
	"a byte changed": {func(m []stored) []stored {
		m[9].data = slices.Clone(m[9].data)
		m[9].data[len(m[9].data)-40] ^= 1
		return m
	}, "changed #10 #10", 1, true},
	"an event put in place of another": {func(m []stored) []stored {
		e := statement("lake", "forged")
		e.Recorded = made
		m[12].data, _ = domain.Encode(e)
		m[12].subject = "parley.record.lake"
		return m
	}, "changed #13 #13", 1, true},
	"dropped":                   {func(m []stored) []stored { return slices.Delete(m, 9, 10) }, "dropped #10 #0", 2, true},
	"a hundred dropped":         {func(m []stored) []stored { return slices.Delete(m, 9, 109) }, "dropped #10 #0", 101, true},
	"all but the first dropped": {func(m []stored) []stored { return m[:1] }, "dropped #2 #0", 342, true},
	"the first one dropped":     {func(m []stored) []stored { return slices.Delete(m, 0, 1) }, "dropped #1 #0", 2, true},
	"three dropped":             {func(m []stored) []stored { return slices.Delete(m, 9, 12) }, "dropped #10 #0", 4, true},
	"inserted":                  {func(m []stored) []stored { return slices.Insert(m, 9, m[3]) }, "inserted #10 #10", 2, true},
	"neighbours swapped":        {func(m []stored) []stored { m[9], m[10] = m[10], m[9]; return m }, "moved #10 #11", 2, true},
	"swapped across":            {func(m []stored) []stored { m[8], m[10] = m[10], m[8]; return m }, "moved #9 #11", 2, true},
	"swapped far away":          {func(m []stored) []stored { m[4], m[330] = m[330], m[4]; return m }, "moved #5 #331", 2, true},
	"moved far away":            {func(m []stored) []stored { x := m[4]; return slices.Insert(slices.Delete(m, 4, 5), 300, x) }, "moved #5 #301", 3, true},
	"given to another": {func(m []stored) []stored {
		m[9].subject = "parley.record.lake"
		m[8].subject = "parley.record.lake"
		return m
	}, "changed #9 #9", 2, true},
	"dropped after checkpoints": {func(m []stored) []stored { return slices.Delete(m, 330, 331) }, "dropped #331 #0", 2, false},
	"everything changed": {func(m []stored) []stored {
		for i := range m {
			m[i].data = append(slices.Clone(m[i].data), ' ')
		}
		return m
	}, "changed #1 #1", 343, true},
}

func TestTampering(t *testing.T) {
	const entries = 343 // 2 registrations, 340 statements, one parked
	whole := twoTalks(t, 170)
	for name, c := range tamperings {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
			require.NoError(t, os.Chmod(filepath.Join(dir, secretsFile), 0o600))
			var old *seal.Checkpoint
			rebuilt(t, dir, func(m []stored) []stored {
				require.Len(t, m, entries)
				var roll seal.Roll
				for _, x := range m[:320] {
					require.NoError(t, roll.Add(lineOf(x)))
				}
				old = roll.Checkpoint("parley/old")
				return c.edit(m)
			})
			// A log that became shorter, or ends otherwise, is noticed at the start.
			s := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
			v := verified(t, s, old)
			require.Error(t, v.Err())
			if len(v.Findings) == 0 {
				t.Fatal(v.Err())
			}
			f := v.Findings[0]
			assert.Equal(t, c.first, fmt.Sprintf("%s #%d #%d", f.Kind, f.Position, f.Now), "%+v", v.Findings[:min(4, len(v.Findings))])
			assert.Equal(t, c.count, len(v.Findings)+v.More)
			assert.Equal(t, c.old, len(v.Changes) > 0)
			require.NoError(t, s.Close())

			// Without hashes of its own, when that was accepted, the checkpoint still tells.
			require.NoError(t, os.Remove(filepath.Join(dir, hashesFile)))
			require.NoError(t, os.Remove(filepath.Join(dir, markFile)))
			_, err := Open(t.Context(), Options{Dir: dir})
			var damage *DamageError
			require.ErrorAs(t, err, &damage)
			bare := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
			v = verified(t, bare, old)
			assert.Empty(t, v.Findings)
			assert.NotEmpty(t, v.Remarks, "it says that the hashes are new")
			assert.Equal(t, c.old, v.Err() != nil)
		})
	}
}

// The hashes are cut where the power went, or damaged; they are not trusted then.
func TestHashesFile(t *testing.T) {
	whole := twoTalks(t, 10)
	require.NoError(t, openDir(t, whole).Close()) // what was published past the door is hashed now
	text, err := os.ReadFile(filepath.Join(whole, hashesFile))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	require.Len(t, lines, 1+23+1+1, "head, entries, one remark, the end")
	open := func(t *testing.T, content string) *Verification {
		t.Helper()
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		require.NoError(t, os.WriteFile(filepath.Join(dir, hashesFile), []byte(content), 0o600))
		return verified(t, openDir(t, dir), nil)
	}
	mark, err := folder{whole}.readMark()
	require.NoError(t, err)
	require.Equal(t, uint64(23), mark.Hashed)
	mark.Hashed = 1 // the power went before more was on the disk
	require.NoError(t, folder{whole}.write(markFile, mark.encode()))
	for cut := len(lines[0]) + len(lines[1]); cut < len(text); cut += 13 {
		v := open(t, string(text[:cut]))
		require.NoError(t, v.Err(), "cut at %d", cut)
		left := strings.Count(string(text[:cut]), "\n") - 1
		require.LessOrEqual(t, v.Compared+v.Later, left, "what is computed now is compared with nothing")
		require.Positive(t, v.Compared)
	}
	v := open(t, strings.Replace(string(text), "\n5 ", "\n6 ", 1))
	require.Len(t, v.Findings, 1)
	assert.Equal(t, Hashes, v.Findings[0].Kind)
	assert.Equal(t, uint64(5), v.Findings[0].Position)
	_, err = openHashes(folder{t.TempDir()}, nil)
	require.NoError(t, err)
}
