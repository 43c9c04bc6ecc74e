package seal_test

import (
	"fmt"

	"parley/eventstore/seal"
)

// exampleKey is for the example only; everybody has it.
const exampleKey = "PRIVATE+KEY+parley/3f9c2a71b05d44e2+377188fc+AXMwCHH0TBaOfJSd4sdQ5gwsm7j/UwAXxaJnI06ctNuO"

// The worked example of the package comment: four entries in two negotiations.
func Example() {
	key, err := seal.ParseKey(exampleKey)
	if err != nil {
		panic(err)
	}
	var roll seal.Roll
	var lake []seal.Hash
	for i, entry := range []struct{ log, stored string }{{"lake", "one"}, {"lake", "two"}, {"talks", "three"}, {"lake", "four"}} {
		line := seal.Line{Position: uint64(i + 1), Log: entry.log, Leaf: seal.Leaf([]byte(entry.stored))}
		if err := roll.Add(line); err != nil {
			panic(err)
		}
		if entry.log == "lake" {
			lake = append(lake, line.Leaf)
		}
		fmt.Print(string(line.AppendTo(nil)))
	}
	fmt.Println()
	signed, err := seal.Sign(roll.Checkpoint(""), key)
	if err != nil {
		panic(err)
	}
	path, err := seal.Prove(lake, 1)
	if err != nil {
		panic(err)
	}
	proof := seal.Proof{Log: "lake", Index: 1, Path: path, Stored: []byte("two"), Checkpoint: signed}
	fmt.Print(string(proof.Format()))
	// Output:
	// 1 lake 0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=
	// 2 lake qxq38Hx8j+Dv9LpvqlPH5EEukaWZFT6KpOAb7s5beCU=
	// 3 talks Zx8UbF5HHooag6PCFM5LqQe486WIjRTMjNPOdbsS75Q=
	// 4 lake 9xWrP6pdBx5uKsS7mU1b9zWUPcw3mdoNCF55gM+5M2o=
	//
	// parley proof 1
	// log lake
	// index 1
	// hash 0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=
	// hash 9xWrP6pdBx5uKsS7mU1b9zWUPcw3mdoNCF55gM+5M2o=
	// stored dHdv
	//
	// parley/3f9c2a71b05d44e2
	// 4
	// 1wj1k2QLJFEzLII+4+hB1jhwRIRn0eMKVRu3nhHODt0=
	// lake 3 nIVeLLPW2iLPFMbnYfYQMSZJ/gcmoSYDJ0TsE54s9L8=
	// talks 1 Zx8UbF5HHooag6PCFM5LqQe486WIjRTMjNPOdbsS75Q=
	//
	// — parley/3f9c2a71b05d44e2 N3GI/MlrxMgsydv2lOxdyqZlwa04H9wqU9lzzOA6gZB1NbLihUF5DFObHydbboOB5T+Gk+LjX4tNsjmZuLwEQLtpRQI=
}
