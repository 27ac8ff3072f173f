// Package queue keeps batches from the moment an exporter accepted them until
// the store has them: the exporter's custody.
//
// A [Queue] is bounded in bytes. When it is full the oldest batch makes room for
// the newest: what is measured now is worth more than what was. The queue knows
// nothing of attempts and verdicts; its owner reads, sends and removes.
//
// [Memory] ends with the process. [Disk], the spool, outlives it.
//
// # The spool on disk
//
// All numbers are little-endian, all checksums CRC-32C. Directories are made with
// mode 0700, files with 0600.
//
//	dir/                           what the user named
//	  3f6c…/                       one per endpoint: a hash, see EndpointDir
//	    slot-1/                    one per process
//	      lock                     locked for as long as the process lives
//	      cursor                   the read position, twice
//	      00000000000000000001.seg records, from that number on
//
// A segment begins with its header, twice, so that no single fault costs a whole
// segment:
//
//	offset  bytes  segment header
//	     0      8  "aptspool"
//	     8      4  version, 1
//	    12      8  salt, random
//	    20      8  when it was made, Unix nanoseconds
//	    28      4  checksum of the above
//
// Records follow, numbered without a gap. That the salt is part of their
// checksums keeps what was in a file before, or in a body, from being one:
//
//	offset  bytes  record
//	     0      4  "\xa5rec"
//	     4      4  length of the body
//	     8      8  number
//	    16      4  points
//	    20      1  compression, see encoding.Compression
//	    21      3  zero
//	    24      4  checksum of salt and body
//	    28      4  checksum of salt and the above
//	    32         body
//
// The cursor is never longer or shorter, so that a full disk can still drain.
// The higher of its two valid copies counts:
//
//	offset  bytes  cursor
//	     0      8  records up to this number are done with
//	     8      4  zero
//	    12      4  checksum of the above
//	    16     16  the other copy
package queue
