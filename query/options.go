package query

import "github.com/apptuitai/apptuit-go/transport"

// maxMaxBytes leaves room for the budget's factor.
const maxMaxBytes = 1 << 58

// An Option configures a [Client]: the options of package transport do, such as
// [transport.WithEndpoint] and [transport.WithToken]. What an option says beats the
// environment, and the environment beats the default; of an option given twice the
// last counts.
//
// Three of them mean more here than there. "/api/query" is added to the endpoint.
// [transport.WithTimeout] bounds one attempt, by default [DefaultTimeout]. Beyond
// [transport.WithMaxAnswerBytes], by default 64 MiB, a query fails with [ErrTooLarge],
// as it does where the result would take more than four times as much memory: series,
// tags, texts and points are counted by what they take once they are decoded.
type Option = transport.Option
