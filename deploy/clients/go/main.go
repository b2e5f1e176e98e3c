// Reads buymode's decisions and handles each exactly once: a sequencer's side of the hand-off.
//
// What was handled, what it changed and the position in each partition are written in one transaction of one
// SQLite file; your own database takes its place, shared by all instances. The position of the store counts, not
// that of the consumer group. Settings come from the environment, see docs/src/sequencer.md.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	_ "modernc.org/sqlite"
)

const tables = `
CREATE TABLE IF NOT EXISTS decisions (id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, did TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS episodes (id TEXT, account TEXT, state TEXT NOT NULL, priority TEXT NOT NULL,
  sequence INTEGER NOT NULL, PRIMARY KEY (id, account));
CREATE TABLE IF NOT EXISTS rejected (topic TEXT, partition INTEGER, position INTEGER, reason TEXT NOT NULL,
  PRIMARY KEY (topic, partition, position));
CREATE TABLE IF NOT EXISTS positions (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition));`

// Decisions about one episode may lie in several topics: of one account's the one with the highest sequence counts.
// Each account has numbers of its own, and a merge hands an episode on to another account.
const episode = `INSERT INTO episodes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, account) DO UPDATE SET
  state = excluded.state, priority = excluded.priority, sequence = excluded.sequence WHERE excluded.sequence > sequence`

// A stop under one of its accounts is a stop under all of them, whatever was read first.
const stopped = `UPDATE episodes SET state = 'stopped' WHERE id = ? AND state <> 'stopped'
  AND EXISTS (SELECT 1 FROM episodes AS other WHERE other.id = episodes.id AND other.state = 'stopped')`

const position = `INSERT INTO positions VALUES (?, ?, ?)
  ON CONFLICT (topic, partition) DO UPDATE SET next = max(next, excluded.next)`

type program struct {
	store   *sql.DB
	reader  *avro.Schema
	writers map[uint32]*avro.Schema
}

// What a decision asks for. To call another system, write the call to a table here and send it from there, with the
// decision's id as its key.
func act(tx *sql.Tx, d decision, test bool) (state string, err error) {
	switch {
	case test:
		return "test", nil
	case d.Kind == "entered" || d.Kind == "strengthened":
		state = "enrolled"
	case d.Kind == "exited" && d.Exit != nil && d.Exit.Advice == "no_new_enrolment":
		state = "no_new_enrolment"
	case d.Kind == "exited" || d.Kind == "withdrawn":
		state = "stopped"
	case d.Kind == "triaged" && len(d.Missing) > 0:
		return "enrich", nil
	case d.Kind == "triaged":
		return "answer", nil
	default: // tier_changed, and kinds of the future
		return "nothing", nil
	}
	id := d.ID
	if d.EpisodeID != nil {
		id = *d.EpisodeID
	}
	if _, err = tx.Exec(episode, id, d.Account, state, d.Priority, d.Sequence); err == nil {
		_, err = tx.Exec(stopped, id)
	}
	return state, err
}

// One record, in one transaction. A repeated one moves the position and nothing else.
func (p *program) handle(record *kgo.Record) error {
	d, err := p.decision(record.Value)
	var bad rejected
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	tx, err := p.store.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	line := map[string]any{}
	if bad != "" {
		line["rejected"], line["reason"] = []any{record.Topic, record.Partition, record.Offset}, string(bad)
		_, err = tx.Exec("INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?)", record.Topic, record.Partition, record.Offset, string(bad))
	} else if err = tx.QueryRow("SELECT id FROM decisions WHERE id = ?", d.ID).Scan(new(string)); errors.Is(err, sql.ErrNoRows) {
		test := d.Origin == "test" // Made by `buymode decisions send-sample`: to be seen, not to be acted on.
		for _, header := range record.Headers {
			test = test || header.Key == "buymode-test" && string(header.Value) == "true"
		}
		var did string
		if did, err = act(tx, d, test); err != nil {
			return err
		}
		line["id"], line["kind"], line["account"], line["did"] = d.ID, d.Kind, d.Account, did
		_, err = tx.Exec("INSERT INTO decisions VALUES (?, ?, ?, ?)", d.ID, d.Kind, d.Account, did)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(position, record.Topic, record.Partition, record.Offset+1); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if len(line) > 0 {
		return json.NewEncoder(os.Stdout).Encode(line)
	}
	return nil
}

// Where to go on: the store's positions, and the beginning of partitions that it does not know.
func (p *program) positions(_ context.Context, partitions map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	for topic, numbers := range partitions {
		for number := range numbers {
			var next int64
			err := p.store.QueryRow("SELECT next FROM positions WHERE topic = ? AND partition = ?", topic, number).Scan(&next)
			switch {
			case err == nil:
				numbers[number] = kgo.NewOffset().At(next)
			case errors.Is(err, sql.ErrNoRows):
				numbers[number] = kgo.NewOffset().AtStart()
			default:
				return nil, err
			}
		}
	}
	return partitions, nil
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	pragmas := "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"
	store, err := sql.Open("sqlite", "file:"+setting("STORE", "handled.db")+pragmas)
	if err != nil {
		return err
	}
	defer store.Close()
	if _, err := store.Exec(tables); err != nil {
		return err
	}
	reader, err := avro.Parse(readerSchema)
	if err != nil {
		return err
	}
	p := &program{store: store, reader: reader, writers: map[uint32]*avro.Schema{}}
	options, err := p.options()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	go watch(ctx, client)
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			say(topic, "topic %s, partition %d: %v", topic, partition, err)
		})
		for _, record := range fetches.Records() {
			for err := p.handle(record); err != nil; err = p.handle(record) {
				say("again", "again in a second: %v", err) // The store or the registry is away.
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Second):
				}
			}
			client.MarkCommitRecords(record)
			if ctx.Err() != nil {
				return nil
			}
		}
	}
}
