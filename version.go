package apptuit

import "github.com/apptuitai/apptuit-go/transport"

// Version is the version of this module, as the User-Agent header carries it.
const Version = transport.Version
