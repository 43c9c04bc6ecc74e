package projections

// lensAnswer is what a lens says of an account. The order of the answers is what
// makes "and" the least and "or" the greatest of its sides, and "not" a change of
// sign (Kleene's strong logic of three values).
type lensAnswer int8

const (
	lensNo lensAnswer = iota - 1
	lensUndecided
	lensYes
)

// lensTruth answers for an account. Inside any(), all() and none(), item is the
// item of the list that # stands for. Passing it along, rather than in a value
// made for each account, keeps a lens from allocating.
type lensTruth func(a *Account, item string) lensAnswer

func lensAnswerOf(yes bool) lensAnswer {
	if yes {
		return lensYes
	}
	return lensNo
}

// lensTold is an answer to a question that is always settled.
func lensTold(f func(a *Account, item string) bool) lensTruth {
	return func(a *Account, item string) lensAnswer { return lensAnswerOf(f(a, item)) }
}

func lensNot(f lensTruth) lensTruth {
	return func(a *Account, item string) lensAnswer { return -f(a, item) }
}

func lensAnd(f, g lensTruth) lensTruth {
	return func(a *Account, item string) lensAnswer {
		first := f(a, item)
		if first == lensNo {
			return lensNo
		}
		return min(first, g(a, item))
	}
}

func lensOr(f, g lensTruth) lensTruth { return lensNot(lensAnd(lensNot(f), lensNot(g))) }

// lensSame tells whether two answers are the same, if both are given.
func lensSame(f, g lensTruth) lensTruth {
	return func(a *Account, item string) lensAnswer { return f(a, item) * g(a, item) }
}

// lensAny is "or" over the items of a list; over an empty one it is no.
func lensAny(list lensList, f lensTruth) lensTruth {
	return func(a *Account, _ string) lensAnswer {
		answer := lensNo
		for i := range list.size(a) {
			if answer = max(answer, f(a, list.at(a, i))); answer == lensYes {
				break
			}
		}
		return answer
	}
}
