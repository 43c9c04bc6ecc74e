// Package clustertest runs, for tests, the three NATS servers that docs/cluster.md
// describes: each in a process of its own, with the very configuration of
// docs/examples/cluster, so that it can be killed and stopped.
//
// The test binary plays the servers itself:
//
//	func TestMain(m *testing.M) {
//		if code, wasServer := clustertest.Main(); wasServer {
//			os.Exit(code)
//		}
//		os.Exit(m.Run())
//	}
//
//	func TestSomething(t *testing.T) {
//		three := clustertest.Start(t)
//		s, err := eventstore.Open(ctx, eventstore.Options{URL: three.URL(clustertest.Writer)})
//		three.Kill(three.Leader(js, eventstore.RecordStream))
//	}
//
// Addresses and folders are the test's own; all else is as in the documents. The
// servers listen on the loopback address and end with the test. Nothing but tests
// uses this package.
package clustertest
