package sender

// An outbox is what is passed on as the lock is released: to the error handler,
// to the measurements of the exporter itself, which may be anyone's code, and to
// exports that may return.
type outbox struct {
	notices  []error
	measures []func()
	released []*Waiter
}

// tell lets the error handler hear err.
func (o *outbox) tell(err error) { o.notices = append(o.notices, err) }

// take empties the outbox.
func (o *outbox) take() outbox {
	all := *o
	*o = outbox{}
	return all
}
