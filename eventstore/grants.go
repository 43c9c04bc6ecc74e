package eventstore

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"parley/domain"

	"github.com/go-json-experiment/json"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sys/unix"
)

// The roles that can be granted.
const (
	RoleAnalyst   = "analyst"   // records through the service, and reads
	RoleDashboard = "dashboard" // reads and watches
	RoleSimulator = "simulator" // reads, and supposes on branches
)

// Roles lists the roles.
func Roles() []string { return []string{RoleAnalyst, RoleDashboard, RoleSimulator} }

// Grant says what somebody may do with the record of a folder. Its secret is the
// password of the NATS user Name, and the bearer token of HTTP. Only hashes of it are
// kept; nobody guesses 32 random bytes, so cheap hashes will do.
type Grant struct {
	Name     string    `json:"name"`
	ID       string    `json:"id,omitzero"` // tells it from the grants that its name had before; absent in those of former versions
	Role     string    `json:"role"`
	Since    time.Time `json:"since"`
	Token    string    `json:"token"`    // SHA-256 of the secret, in hexadecimal
	Password string    `json:"password"` // bcrypt of the secret, for the NATS server
}

// Grants is who may do what with the record of a folder.
type Grants struct {
	// Configured tells whether anything was ever granted. Where it was, nobody is an
	// analyst for being on this machine, even after all was revoked.
	Configured bool
	All        []Grant // by name
}

// Of finds whose secret it is.
func (g Grants) Of(secret string) (Grant, bool) {
	sum := sha256.Sum256([]byte(secret))
	token := []byte(hex.EncodeToString(sum[:]))
	var found Grant
	same := 0
	for _, one := range g.All { // all of them, so that it takes as long for each
		if subtle.ConstantTimeCompare(token, []byte(one.Token)) == 1 {
			found, same = one, 1
		}
	}
	return found, same == 1
}

// Named finds the grant of a name.
func (g Grants) Named(name string) (Grant, bool) {
	i, ok := find(g.All, name)
	if !ok {
		return Grant{}, false
	}
	return g.All[i], true
}

// kept is what others leave of these grants: those that were neither revoked nor
// granted anew.
func (g Grants) kept(others Grants) Grants {
	left := Grants{Configured: g.Configured || others.Configured}
	for _, one := range g.All {
		if other, ok := others.Named(one.Name); ok && other == one {
			left.All = append(left.All, one)
		}
	}
	return left
}

const accessFile = "access.json"

// maxGrants is how many can be granted in a folder.
const maxGrants = 1000

// ReadGrants reads who may do what with the record of a folder.
func ReadGrants(dir string) (Grants, error) {
	b, err := os.ReadFile(folder{dir}.path(accessFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Grants{}, nil
	}
	if err != nil {
		return Grants{}, fmt.Errorf("access: %w", err)
	}
	g := Grants{Configured: true}
	if err := json.Unmarshal(b, &g.All); err != nil {
		return Grants{}, fmt.Errorf("access: %s is damaged: %w", accessFile, err)
	}
	for _, one := range g.All {
		if !grantable(one.Name) || one.ID != "" && !domain.ValidID(one.ID) || !slices.Contains(Roles(), one.Role) || len(one.Token) != 2*sha256.Size || !strings.HasPrefix(one.Password, "$2a$") {
			return Grants{}, fmt.Errorf("access: the grant %q of %s is damaged", one.Name, accessFile)
		}
	}
	return g, nil
}

// grantable tells whether a name can be granted a role. The server has users of its
// own.
func grantable(name string) bool {
	return domain.ValidID(name) && !slices.Contains([]string{ownerUser, keeperUser, dashboardUser, listenerUser}, name)
}

// grantID is how many letters and digits the id of a grant has, of five random bits
// each.
const grantID = 12

// AddGrant grants a role to a new name, and returns the secret, which is kept nowhere.
// A name that has a grant already keeps it: [*GrantError].
func AddGrant(dir, name, role string, now time.Time) (secret string, err error) {
	if !grantable(name) {
		return "", &OptionError{fmt.Sprintf("%q is no name to grant a role: write small letters, digits and hyphens, at most 64; owner, keeper, dashboard and listener are the server's own", name)}
	}
	if !slices.Contains(Roles(), role) {
		return "", &OptionError{fmt.Sprintf("%q is no role; the roles are %s", role, strings.Join(Roles(), ", "))}
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(random)
	password, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	sum := sha256.Sum256([]byte(secret))
	err = changeGrants(dir, func(all []Grant) ([]Grant, error) {
		i, taken := find(all, name)
		switch {
		case taken:
			return nil, &GrantError{Name: name, Taken: true}
		case len(all) >= maxGrants:
			return nil, &OptionError{fmt.Sprintf("%d are granted already; revoke some", maxGrants)}
		}
		return slices.Insert(all, i, Grant{
			Name: name, ID: strings.ToLower(rand.Text()[:grantID]), Role: role, Since: now.UTC().Truncate(time.Second), Token: hex.EncodeToString(sum[:]), Password: string(password),
		}), nil
	})
	return secret, err
}

// RevokeGrant takes back what was granted to a name, and cuts its connections.
func RevokeGrant(dir, name string) error {
	return changeGrants(dir, func(all []Grant) ([]Grant, error) {
		i, found := find(all, name)
		if !found {
			return nil, &GrantError{Name: name}
		}
		return slices.Delete(all, i, i+1), nil
	})
}

func find(all []Grant, name string) (int, bool) {
	return slices.BinarySearchFunc(all, name, func(g Grant, name string) int { return strings.Compare(g.Name, name) })
}

// GrantError says that a name has a grant already, or has none.
type GrantError struct {
	Name  string
	Taken bool
}

func (e *GrantError) Error() string {
	if e.Taken {
		return fmt.Sprintf("%s has a role already", e.Name)
	}
	return fmt.Sprintf("nothing is granted to %q", e.Name)
}

// changeGrants changes the file as a whole, one process after the other.
func changeGrants(dir string, change func([]Grant) ([]Grant, error)) error {
	f := folder{dir}
	if err := f.create(); err != nil {
		return err
	}
	lock, err := os.OpenFile(f.path(accessFile+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	defer lock.Close() // and with it goes the lock
	if err := flock(lock, unix.LOCK_EX); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	g, err := ReadGrants(dir)
	if err != nil {
		return err
	}
	all, err := change(g.All)
	if err != nil {
		return err
	}
	if all == nil {
		all = []Grant{} // configured still
	}
	b, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return f.write(accessFile, b)
}
