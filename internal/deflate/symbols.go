package deflate

import "math/bits"

const (
	// Window is how far back a match may reach.
	Window = 1 << 15
	// MinMatch is the length of the shortest match.
	MinMatch = 3
	maxMatch = 258

	endOfBlock   = 256
	firstLength  = 257 // symbol of the shortest match
	numSymbols   = 286 // literals, the end, lengths
	numDistances = 30
)

// lengths tells for each length of a match its symbol, and the extra bits that
// tell it from the other lengths of that symbol.
var lengths = func() (t [maxMatch + 1]struct {
	symbol uint16
	extra  uint8 // how many bits
	rest   uint8 // their value
}) {
	length := MinMatch
	for symbol := firstLength; length < maxMatch; symbol++ {
		extra := max(0, (symbol-firstLength-4)/4) // eight symbols without, then four of each
		for rest := 0; rest < 1<<extra && length < maxMatch; rest++ {
			t[length].symbol = uint16(symbol)
			t[length].extra, t[length].rest = uint8(extra), uint8(rest)
			length++
		}
	}
	t[maxMatch].symbol = numSymbols - 1 // the longest has one of its own
	return t
}()

// distanceSymbol returns the symbol of a distance less one, and how many of its
// low bits follow as they are.
func distanceSymbol(d uint32) (symbol uint32, extra uint) {
	if d < 4 {
		return d, 0
	}
	extra = uint(bits.Len32(d)) - 2
	return uint32(2*extra) + d>>(extra&31), extra
}
