package encoding

import (
	"hash/maphash"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

// A text is a piece of JSON that many points have in common. It never changes.
// Whoever has two of them finds out by their addresses whether they are equal:
// equal texts are mostly one.
type text struct {
	string
	sums sums
	hash uint64
}

// sums are the checksums of a text, by deflate.Format.
type sums [2]uint32

func sumsOf(b []byte) sums { return sums{}.thenText(b) }

// then returns the sums of two texts, the second n bytes long.
func (s sums) then(second sums, n int) sums {
	return sums{deflate.Gzip.Join(s[deflate.Gzip], second[deflate.Gzip], n), deflate.Zlib.Join(s[deflate.Zlib], second[deflate.Zlib], n)}
}

// thenText returns the sums of a text that more is written behind.
func (s sums) thenText(text []byte) sums {
	return sums{deflate.Gzip.Append(s[deflate.Gzip], text), deflate.Zlib.Append(s[deflate.Zlib], text)}
}

// hashSeed makes hashes those of this process.
var hashSeed = maphash.MakeSeed()

func makeText(b []byte) text {
	return text{string: string(b), sums: sumsOf(b), hash: maphash.Bytes(hashSeed, b)}
}

// maxRecent bounds the texts that are kept for others: those that come again are
// short.
const maxRecent = 128

// texts holds those made lately.
var texts = newLately[text](1 << 12)

// shared returns a text with these bytes, the one made last if it can.
func shared(b []byte) *text {
	h := maphash.Bytes(hashSeed, b)
	if t := texts.find(h, func(t *text) bool { return t.string == string(b) }); t != nil {
		return t
	}
	t := new(text)
	*t = makeText(b)
	if len(b) <= maxRecent {
		texts.add(h, t)
	}
	return t
}

// tagHash is the same for equal tags. The hashes of a series' tags are added, so
// that their order does not show.
func tagHash(key, value uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // any odd number without a pattern
	h := (key ^ value>>1) * odd
	return (h ^ h>>32) * odd
}
