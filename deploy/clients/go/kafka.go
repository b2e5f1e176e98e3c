// How to reach the broker and the registry, and how to read a record.
package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
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
	url := fmt.Sprintf("%s/schemas/ids/%d", setting("SCHEMA_REGISTRY_URL", "http://localhost:8081"), number)
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	if user := os.Getenv("SCHEMA_REGISTRY_USERNAME"); user != "" {
		request.SetBasicAuth(user, os.Getenv("SCHEMA_REGISTRY_PASSWORD"))
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == 404 {
		return nil, rejected(fmt.Sprintf("the registry has no schema %d", number))
	}
	if answer.StatusCode != 200 { // Away, or a wrong login: not the record's fault.
		return nil, fmt.Errorf("schema registry: status %d", answer.StatusCode)
	}
	var found struct{ Schema string }
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		return nil, err
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
