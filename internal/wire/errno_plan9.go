package wire

// numberOf returns nil: errors of this system are texts.
func numberOf(error) error { return nil }

func asNumber(error, any) bool { return false }
