// Package deflate compresses text whose repetitions the caller knows.
//
// A general compressor spends its time on finding out where text was written
// before. Who makes text of pieces that come again and again knows it already:
// a [Writer] is told what is new (Literals, Number) and what repeats text at a
// distance (Match), and never sees, hashes or compares the text that repeats.
// Matches at one distance that follow each other become one. The checksum of the
// whole text is combined from the sums of its pieces (AddSum), which their owner
// keeps, and from what is new (AddText, AddWord).
//
// A body is one block. Its literals and matches are written as they come, so its
// Huffman code cannot be made from them: it is made from the counts of bodies
// before it that had its place in their rounds, which were much the same, and has
// a code for every symbol. Some bodies are counted, most of a new place's and later
// one in sixty-four; the first of a place has the code of the body before it, and
// the first of all one for text as it usually is. So a body does not depend on what
// was written before it but for its code: whatever reads the formats reads it.
//
// The formats, and where each rule stands:
//
//   - bits.go, packing from the lowest bit up: RFC 1951, 3.1.1
//   - symbols.go, lengths and distances and their extra bits: 3.2.5
//   - huffman.go, codes from code lengths: 3.2.2
//   - header.go, the code of a block: 3.2.7
//   - block.go, literals and matches of a block: 3.2.3
//   - checksum.go, CRC-32: RFC 1952, 8; Adler-32: RFC 1950, 2.2 and 9;
//     what stands around the block: RFC 1952, 2.3; RFC 1950, 2.2
package deflate
