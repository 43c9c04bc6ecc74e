package live

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	batchMessages = 1000 // the most that the server takes as a whole
	batchBytes    = 8 << 20
)

// The headers of an atomic batch, and of a marker in place of a value.
const (
	batchIDHeader     = "Nats-Batch-Id"
	batchSeqHeader    = "Nats-Batch-Sequence"
	batchCommitHeader = "Nats-Batch-Commit"
	operationHeader   = "KV-Operation"
	lifeHeader        = "Nats-TTL"
)

// markerLife is how long it is told that a value of a branch was deleted. The record's
// negotiations stay; branches come and go, and nothing may be left of them.
const markerLife = "300s"

// codeWrongLastInFlight is an expectation that fails because of a write in flight.
const codeWrongLastInFlight = 10164

// isFence tells whether the server refused because the expectation does not hold.
func isFence(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == codeWrongLastInFlight)
}

// put puts values into a bucket as a whole, the last of them expected to stand at a
// revision. It returns the revision of the last one; those of the others come right
// before it.
func put(ctx context.Context, nc *nats.Conn, bucket string, messages []message, expected uint64) (last uint64, err error) {
	id := nuid.Next()
	for i, m := range messages {
		msg := &nats.Msg{Subject: "$KV." + bucket + "." + m.key, Data: m.body, Header: nats.Header{}}
		if m.deleted {
			msg.Header[operationHeader] = []string{"DEL"}
			if bucket == BranchBucket {
				msg.Header[lifeHeader] = []string{markerLife}
			}
		}
		if len(messages) > 1 {
			msg.Header[batchIDHeader] = []string{id}
			msg.Header[batchSeqHeader] = []string{strconv.Itoa(i + 1)}
		}
		if i < len(messages)-1 {
			if err := nc.PublishMsg(msg); err != nil {
				return 0, fmt.Errorf("publish to %s: %w", bucket, err)
			}
			continue
		}
		msg.Header[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(expected, 10)}
		if len(messages) > 1 {
			msg.Header[batchCommitHeader] = []string{"1"}
		}
		reply, err := nc.RequestMsgWithContext(ctx, msg)
		if err != nil {
			return 0, fmt.Errorf("publish to %s: %w", bucket, err)
		}
		if last, err = readAck(reply.Data); err != nil {
			return 0, fmt.Errorf("publish to %s: %w", bucket, err)
		}
	}
	return last, nil
}

func readAck(data []byte) (uint64, error) {
	var ack struct {
		Seq   uint64 `json:"seq"`
		Error *struct {
			Code        int    `json:"code"`
			ErrorCode   int    `json:"err_code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(data, &ack); err != nil {
		return 0, fmt.Errorf("acknowledgement of the server: %w", err)
	}
	if e := ack.Error; e != nil {
		err := &jetstream.APIError{Code: e.Code, ErrorCode: jetstream.ErrorCode(e.ErrorCode), Description: e.Description}
		if isFence(err) {
			return 0, errFenced
		}
		return 0, err
	}
	if ack.Seq == 0 {
		return 0, fmt.Errorf("acknowledgement of the server: %s", data)
	}
	return ack.Seq, nil
}
