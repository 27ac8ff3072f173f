package apptuitexporter

import "strings"

// A wordedError says what to do in the words of a Collector's configuration.
type wordedError struct{ cause error }

func inOurWords(err error) error {
	if err == nil {
		return nil
	}
	return wordedError{err}
}

func (e wordedError) Error() string { return settingsForOptions.Replace(e.cause.Error()) }

func (e wordedError) Unwrap() error { return e.cause }

// settingsForOptions replaces the options and variables of the SDK exporter.
var settingsForOptions = strings.NewReplacer(
	"(WithEndpoint, APPTUIT_API_ENDPOINT)", "(endpoint)",
	"(WithToken, APPTUIT_API_TOKEN)", "(token)",
	"(WithCompression, APPTUIT_COMPRESSION)", "(compression)",
	"(WithMaxBatchBytes, APPTUIT_MAX_BATCH_BYTES)", "(sending_queue::batch::max_size)",
	"WithInsecure (APPTUIT_INSECURE)", "tls::insecure",
	"(WithTLSConfig, APPTUIT_CERTIFICATE)", "(tls)",
	"WithToken and WithUserID", "token and user",
	"WithTokenSource", "auth",
	"WithTimeout", "timeout",
	"APPTUIT_STORE", "store",
	"apptuit: ", "",
)
