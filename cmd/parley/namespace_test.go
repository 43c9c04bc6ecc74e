package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ownMounts marks the process of a test that has mounts of its own.
const ownMounts = "PARLEY_TEST_OWN_MOUNTS"

// withMounts tells whether the test may mount what it likes. If not, it runs the
// same test in a process that may, and passes on how that ended: in a mount
// namespace, and where that needs it, in a user namespace.
func withMounts(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownMounts) != "" {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Fatalf("make mounts private: %v", err)
		}
		return true
	}
	var err error
	for _, flags := range []uintptr{unix.CLONE_NEWNS, unix.CLONE_NEWNS | unix.CLONE_NEWUSER} {
		if flags == unix.CLONE_NEWNS && os.Geteuid() != 0 {
			continue
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.count", "1")
		cmd.Env = append(os.Environ(), ownMounts+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		if flags&unix.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		var out []byte
		out, err = cmd.CombinedOutput()
		if cmd.ProcessState != nil { // it could be started
			t.Logf("in a namespace:\n%s", out)
			if err != nil {
				t.Fatal("it failed there")
			}
			return false
		}
	}
	t.Fatalf("this test needs a mount namespace, as root or in a user namespace (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces): %v", err)
	return false
}

// mount mounts a disk in memory of some size, such as size=16m.
func mount(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// protect makes a file or folder one that cannot be written to, by a mount of its own;
// release ends that.
func protect(t *testing.T, path string) (release func()) {
	t.Helper()
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	if err := unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	return release
}

// remount changes a disk in memory: its size, or whether it can be written to.
func remount(t *testing.T, dir, size string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, size); err != nil {
		t.Fatal(err)
	}
}
