package opentsdbreceiver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.uber.org/zap"
)

// servePut hands the good points of a put to the pipeline, and answers for all.
func (r *metricsReceiver) servePut(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "Method not allowed", "The HTTP method ["+req.Method+"] is not permitted for this endpoint")
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		refuse(w, statusOf(err), "Unable to read the body", err.Error())
		return
	}
	texts, err := pointsIn(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "Unable to parse the given JSON", err.Error())
		return
	}
	b, failed := newBuilder(), failures{}
	for _, text := range texts {
		p, err := readPoint(text)
		if err != nil {
			failed.add(text, err)
			continue
		}
		b.add(p)
	}
	if status, err := r.consume(req, b); err != nil {
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		refuse(w, status, "The pipeline of the Collector does not take the points", err.Error())
		return
	}
	answer(w, req, b.points, failed)
}

// statusOf tells whether a body is too large, or broken.
func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// consume hands points to the pipeline. Where it does not take them, a client that keeps
// them may try again, unless they will never pass.
func (r *metricsReceiver) consume(req *http.Request, b *builder) (status int, err error) {
	if b.points == 0 {
		return 0, nil
	}
	ctx := r.report.StartMetricsOp(req.Context())
	err = r.next.ConsumeMetrics(ctx, b.metrics)
	r.report.EndMetricsOp(ctx, "opentsdb", b.points, err)
	if err == nil {
		return 0, nil
	}
	r.set.Logger.Debug("the pipeline does not take a put", zap.Error(err))
	if consumererror.IsPermanent(err) {
		return http.StatusBadRequest, err
	}
	return http.StatusServiceUnavailable, err
}

// pointsIn returns the points of a body, which is a list or a single one.
func pointsIn(body []byte) ([]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, errors.New("the body is empty")
	}
	if body[0] == '{' {
		if !json.Valid(body) {
			return nil, errors.New("the body is no JSON")
		}
		return []json.RawMessage{body}, nil
	}
	var texts []json.RawMessage
	if err := json.Unmarshal(body, &texts); err != nil {
		return nil, fmt.Errorf("the body is no list of points: %w", err)
	}
	return texts, nil
}
