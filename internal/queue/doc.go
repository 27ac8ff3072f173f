// Package queue keeps batches from the moment an exporter accepted them until
// the store has them.
//
// A [Queue] is bounded in bytes. When it is full the oldest batch makes room for
// the newest: what is measured now is worth more than what was. The queue knows
// nothing of attempts and verdicts; its owner takes, sends and removes, in any order.
//
// [Memory] ends with the process. [Spool] outlives it: batches are in memory first
// and then on disk. One goroutine, the keeper, waits for the disk, and nobody waits
// for the keeper: a disk that fails, hangs, is full or is gone means that batches
// wait in memory, which is reported, until it is mended. [Disk] is what the keeper works
// with.
//
// Read it in this order.
//
//	queue.go list.go memory.go                     what a queue is; the one in memory
//	spool.go ahead.go keeper.go spoolwork.go alarm.go    the one on disk, and its goroutine
//	disk.go diskindex.go diskslots.go diskreader.go diskoptions.go    what a Disk is made of
//	diskpush.go disknext.go diskremove.go diskgone.go    what happens to it
//	slot.go segment.go cursor.go format.go         directories and files, byte by byte
//	scan.go recover.go damage.go line.go           what is found when a process starts
//	spooldir.go safepath.go file.go platform_*.go text.go    whose files they are, and the system below
//
// Several processes may share a directory, each with a slot and a bound of its own:
// together they take so many times the bound. A process that starts takes over what
// dead ones left. That comes on top of its bound and only gets less.
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
//	    28      8  number of the last record of the slot before this segment
//	    36      8  points in all records of the slot up to that one
//	    44      4  checksum of the above
//
// Records follow, numbered without a gap; from one segment to the next there may be
// a gap, where a disk failed. That the salt is part of their checksums keeps what
// was in a file before, or in a body, from being one:
//
//	offset  bytes  record
//	     0      4  "\xa5rec", or "\x5arec" where it is done with and others before it are not
//	     4      4  length of the body
//	     8      8  number
//	    16      4  points
//	    20      1  compression, see encoding.Compression
//	    21      3  zero
//	    24      4  checksum of salt and body
//	    28      4  checksum of salt and the above, with "\xa5rec" in either case
//	    32         body
//
// One byte of a record is changed when it is done with out of turn, which a crash
// does not tear; where that is lost the record is sent again. Once all records of a
// segment are done with the file goes, though others wait in files before it: the
// cursor then counts its records among those that were reported as missing, so that
// nobody misses them.
//
// The cursor is never longer or shorter, so that a full disk can still drain. Of its
// two copies the valid one that was written last counts:
//
//	offset  bytes  cursor
//	     0      8  how often it was written
//	     8      8  records up to this number are done with
//	    16      8  points in all records up to that one
//	    24      8  number of the last record
//	    32      8  points in all records up to that one
//	    40      8  how many records behind that one were reported as missing, or are gone with their files
//	    48      8  and points
//	    56      4  zero
//	    60      4  checksum of the above
//	    64     64  the other copy
//
// What is missing shows between what a header, or the cursor, says was there before
// and what is there. It is counted once, whatever the number of restarts.
//
// # What others may do
//
// Batches are sent with the exporter's credential, so nobody else may put any here.
// The way to the directory has to be one on which only root and this user can put
// another directory in the place of one; each file has to be a regular one with a
// single name, that belongs to this user and that nobody else may write. What is not
// so is neither used nor touched, and reported.
package queue
