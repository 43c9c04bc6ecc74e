package fair

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// places are those of holders who each hold some alone.
func places(n int, h Holder) []Taken { return slices.Repeat([]Taken{{h}}, n) }

func TestYield(t *testing.T) {
	ada, bob, eve := Holder{User: "ada"}, Holder{User: "bob"}, Holder{User: "eve"}
	here, there := Holder{From: "1"}, Holder{From: "2"}
	for name, c := range map[string]struct {
		taken []Taken
		asker Holder
		want  int // none: -1
	}{
		"nothing is taken":                    {nil, ada, -1},
		"of who has most the last":            {slices.Concat(places(3, ada), places(1, bob)), eve, 2},
		"not of himself":                      {places(3, ada), ada, -1},
		"not where he would have more then":   {slices.Concat(places(2, ada), places(1, bob)), bob, -1},
		"until they have as many":             {slices.Concat(places(3, ada), places(1, bob)), bob, 2},
		"shared by two who have most":         {slices.Repeat([]Taken{{ada, bob}}, 3), eve, 2},
		"not what somebody shares with few":   {[]Taken{{ada}, {ada, bob}, {ada, bob, eve}}, eve, 0},
		"not what the process holds":          {places(3, Holder{}), ada, -1},
		"not what the process shares":         {slices.Concat(places(1, ada), slices.Repeat([]Taken{{ada, Holder{}}}, 3)), eve, 0},
		"nobody has names, from one place":    {places(3, here), here, -1},
		"nobody has names, from two":          {slices.Concat(places(3, here), places(1, there)), Holder{From: "3"}, 2},
		"many who have no name are one":       {[]Taken{{here}, {there}, {Holder{From: "3"}}}, ada, 2},
		"who has most of those without names": {slices.Concat(places(2, here), places(1, there), places(1, ada)), bob, 1},
		"one who has no name, against a name": {slices.Concat(places(3, ada), places(1, here)), there, 2},
	} {
		t.Run(name, func(t *testing.T) {
			i, ok := Yield(c.taken, c.asker)
			if !ok {
				i = -1
			}
			require.Equal(t, c.want, i)
		})
	}
}

// As long as there are more places than users, whoever has none gets one, whatever the
// others do. Nobody who has as many as he or fewer loses anything by it, and the giving
// comes to an end.
func TestLawNobodyIsKeptOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(4, 12).Draw(t, "places")
		users := rapid.IntRange(1, most-1).Draw(t, "users")
		var taken []Taken
		has := func(h Holder) (n int) {
			for _, p := range taken {
				if slices.Contains(p, h) {
					n++
				}
			}
			return n
		}
		ask := func(h Holder) bool {
			if len(taken) >= most {
				i, ok := Yield(taken, h)
				if !ok {
					return false
				}
				for _, from := range taken[i] {
					require.GreaterOrEqual(t, has(from)-1, has(h)+1)
				}
				taken = slices.Delete(taken, i, i+1)
			}
			taken = append(taken, Taken{h})
			return true
		}
		user := rapid.Custom(func(t *rapid.T) Holder {
			return Holder{User: fmt.Sprint("u", rapid.IntRange(1, users).Draw(t, "user"))}
		})
		for _, h := range rapid.SliceOfN(user, 0, 40).Draw(t, "asking") {
			ask(h)
		}
		newcomer := Holder{User: "newcomer"}
		require.True(t, ask(newcomer))
		for asked := 0; ; asked++ { // all ask until nobody gets any more
			require.Less(t, asked, most*most)
			got := false
			for i := range users {
				got = ask(Holder{User: fmt.Sprint("u", i+1)}) || got
			}
			if !got {
				break
			}
		}
		require.NotZero(t, has(newcomer))
	})
}
