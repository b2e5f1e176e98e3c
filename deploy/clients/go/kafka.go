// How to reach the broker and the registry, and how to read a record.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

//go:embed reader.avsc
var readerSchema string

type decision struct {
	ID        string   `avro:"id"`
	Account   string   `avro:"account"`
	Sequence  int64    `avro:"sequence"`
	Kind      string   `avro:"kind"`
	Origin    string   `avro:"origin"`
	Priority  string   `avro:"priority"`
	Missing   []string `avro:"missing"`
	EpisodeID *string  `avro:"episode_id"`
	Exit      *struct {
		Advice string `avro:"advice"`
	} `avro:"exit"`
}

// No repetition will make this record readable.
type rejected string

func (r rejected) Error() string { return string(r) }

var said = map[string]time.Time{}

// A line for people, of each kind at most one in ten seconds.
func say(what, format string, values ...any) {
	if time.Since(said[what]) >= 10*time.Second {
		said[what] = time.Now()
		log.Printf(format, values...)
	}
}

// Says what is wrong while nothing can be read: the library itself waits without a word.
func watch(ctx context.Context, client *kgo.Client) {
	for ctx.Err() == nil {
		request := kmsg.NewPtrMetadataRequest()
		for _, topic := range strings.Split(setting("TOPICS", "sequencer.sdr"), ",") {
			asked := kmsg.NewMetadataRequestTopic()
			asked.Topic = kmsg.StringPtr(topic)
			request.Topics = append(request.Topics, asked)
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		answer, err := request.RequestWith(limited, client)
		cancel()
		broker := setting("KAFKA_BOOTSTRAP", "localhost:9092")
		if err != nil && ctx.Err() == nil {
			log.Printf("broker %s: %v", broker, err)
		}
		if err == nil {
			for _, topic := range answer.Topics {
				if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
					log.Printf("broker %s, topic %s: %v", broker, *topic.Topic, err)
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
	}
}

func setting(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }

func (p *program) options() ([]kgo.Opt, error) {
	timeout, err := time.ParseDuration(setting("KAFKA_SESSION_TIMEOUT_MS", "10000") + "ms")
	if err != nil {
		return nil, err
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(setting("KAFKA_BOOTSTRAP", "localhost:9092"), ",")...),
		kgo.ConsumerGroup(setting("GROUP", "my-sequencer")),
		kgo.ConsumeTopics(strings.Split(setting("TOPICS", "sequencer.sdr"), ",")...),
		kgo.SessionTimeout(timeout),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), // A decision counts once its transaction is committed.
		kgo.AdjustFetchOffsetsFn(p.positions),
		kgo.AutoCommitMarks(), // For those who look at the group's lag; the store has it already.
	}
	if user, password := os.Getenv("KAFKA_SASL_USERNAME"), os.Getenv("KAFKA_SASL_PASSWORD"); user != "" {
		login := scram.Auth{User: user, Pass: password}
		options = append(options, kgo.SASL(map[string]sasl.Mechanism{
			"PLAIN":         plain.Auth{User: user, Pass: password}.AsMechanism(),
			"SCRAM-SHA-256": login.AsSha256Mechanism(),
			"SCRAM-SHA-512": login.AsSha512Mechanism(),
		}[setting("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")]))
	}
	if strings.HasSuffix(strings.ToLower(setting("KAFKA_SECURITY_PROTOCOL", "plaintext")), "ssl") {
		config := &tls.Config{}
		if file := os.Getenv("KAFKA_CA"); file != "" {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			config.RootCAs = x509.NewCertPool()
			config.RootCAs.AppendCertsFromPEM(text)
		}
		options = append(options, kgo.DialTLSConfig(config))
	}
	return options, nil
}

// The schema of this number, from the registry; kept, since a number's schema never changes.
func (p *program) writer(number uint32) (*avro.Schema, error) {
	if known := p.writers[number]; known != nil {
		return known, nil
	}
	if number > math.MaxInt32 { // Registries number with signed integers.
		return nil, rejected(fmt.Sprintf("no registry has a schema %d", number))
	}
	base, err := url.Parse(setting("SCHEMA_REGISTRY_URL", "http://localhost:8081/apis/ccompat/v7"))
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest("GET", base.JoinPath("schemas", "ids", fmt.Sprint(number)).String(), nil)
	if err != nil {
		return nil, err
	}
	// Away, a wrong login or a wrong path: not the record's fault.
	failed := func(why any) error { return fmt.Errorf("schema registry %s: %v", base.Redacted(), why) }
	if user := os.Getenv("SCHEMA_REGISTRY_USERNAME"); user != "" {
		request.SetBasicAuth(user, os.Getenv("SCHEMA_REGISTRY_PASSWORD"))
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return nil, failed(errors.Unwrap(err))
	}
	defer answer.Body.Close()
	var found struct {
		Schema string
		Code   int `json:"error_code"`
	}
	err = json.NewDecoder(answer.Body).Decode(&found)
	switch {
	case answer.StatusCode == 404 && err == nil && found.Code == 40403:
		return nil, rejected(fmt.Sprintf("the registry has no schema %d", number))
	case answer.StatusCode == 404:
		return nil, failed("status 404; check the path in SCHEMA_REGISTRY_URL")
	case answer.StatusCode != 200:
		return nil, failed(fmt.Sprintf("status %d", answer.StatusCode))
	case err != nil || found.Schema == "":
		return nil, failed("the answer has no schema")
	}
	schema, err := avro.Parse(found.Schema)
	if err == nil {
		schema, err = avro.Resolve(schema, p.reader)
	}
	if err != nil {
		return nil, rejected("not a decision: " + err.Error())
	}
	p.writers[number] = schema
	return schema, nil
}

// The record by the schema it was written with, as the fields of reader.avsc.
func (p *program) decision(value []byte) (found decision, err error) {
	if len(value) < 5 || value[0] != 0 {
		return found, rejected("not in the Confluent wire format")
	}
	schema, err := p.writer(binary.BigEndian.Uint32(value[1:]))
	if err != nil {
		return found, err
	}
	if _, err := schema.Decode(value[5:], &found, avro.SkipUnknown()); err != nil {
		return found, rejected("not a decision: " + err.Error())
	}
	return found, nil
}
