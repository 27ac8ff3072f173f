// Package queue keeps batches from the moment an exporter accepted them until
// the store has them: the exporter's custody.
//
// A [Queue] is bounded in bytes. When it is full the oldest batch makes room for
// the newest: what is measured now is worth more than what was. The queue knows
// nothing of attempts and verdicts; its owner reads, sends and removes.
package queue
