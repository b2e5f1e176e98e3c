/**
 * Reads buymode's decisions and handles each exactly once: a sequencer's side of the hand-off.
 *
 * What was handled, what it changed and the position in each partition are written in one transaction of one
 * SQLite file; your own database takes its place, shared by all instances. The position of the store counts, not
 * that of the consumer group. Settings come from the environment, see docs/src/sequencer.md.
 */

import { readFileSync } from 'node:fs'
import avro from 'avsc'
import { Kafka, logLevel } from 'kafkajs'

const { DatabaseSync } = await import('node:sqlite').catch(() => {
  console.error(`this is Node ${process.versions.node}, which has no SQLite: use Node 22.13 or later`)
  process.exit(1)
})

const setting = (name, otherwise) => process.env[name] || otherwise
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

const said = new Map()
/** A line for people, of each kind at most one in ten seconds. */
function say(what, text) {
  if (Date.now() - (said.get(what) ?? 0) < 10_000) return
  said.set(what, Date.now())
  console.error(text.replace(/\s+/g, ' '))
}

const store = new DatabaseSync(setting('STORE', 'handled.db'))
store.exec(`
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS decisions (id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, did TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS episodes (id TEXT, account TEXT, state TEXT NOT NULL, priority TEXT NOT NULL,
  sequence INTEGER NOT NULL, PRIMARY KEY (id, account));
CREATE TABLE IF NOT EXISTS rejected (topic TEXT, partition INTEGER, position INTEGER, reason TEXT NOT NULL,
  PRIMARY KEY (topic, partition, position));
CREATE TABLE IF NOT EXISTS positions (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition));
`)
const known = store.prepare('SELECT 1 FROM decisions WHERE id = ?')
const insertDecision = store.prepare('INSERT INTO decisions VALUES (?, ?, ?, ?)')
const insertRejected = store.prepare('INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?)')
const position = store.prepare('SELECT next FROM positions WHERE topic = ? AND partition = ?')
const movePosition = store.prepare(`INSERT INTO positions VALUES (?, ?, ?)
  ON CONFLICT (topic, partition) DO UPDATE SET next = max(next, excluded.next)`)
// Decisions about one episode may lie in several topics: of one account's the one with the highest sequence counts.
// Each account has numbers of its own, and a merge hands an episode on to another account.
const setEpisode = store.prepare(`INSERT INTO episodes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, account) DO UPDATE SET
  state = excluded.state, priority = excluded.priority, sequence = excluded.sequence WHERE excluded.sequence > sequence`)
// A stop under one of its accounts is a stop under all of them, whatever was read first.
const stopEpisode = store.prepare(`UPDATE episodes SET state = 'stopped' WHERE id = ? AND state <> 'stopped'
  AND EXISTS (SELECT 1 FROM episodes AS other WHERE other.id = episodes.id AND other.state = 'stopped')`)

/** No repetition will make this record readable. */
class Rejected extends Error {}

const reader = avro.Type.forSchema(JSON.parse(readFileSync(new URL('reader.avsc', import.meta.url), 'utf8')))
const writers = new Map()

/** The schema of this number, from the registry; kept, since a number's schema never changes. */
async function writer(number) {
  if (writers.has(number)) return writers.get(number)
  const user = setting('SCHEMA_REGISTRY_USERNAME')
  const login = Buffer.from(`${user}:${setting('SCHEMA_REGISTRY_PASSWORD', '')}`).toString('base64')
  const headers = user ? { authorization: `Basic ${login}` } : {}
  if (number > 0x7fffffff) throw new Rejected(`no registry has a schema ${number}`) // They number with signed integers.
  const url = setting('SCHEMA_REGISTRY_URL', 'http://localhost:8081/apis/ccompat/v7').replace(/\/+$/, '')
  // Away, a wrong login or a wrong path: not the record's fault.
  const failed = (why) => new Error(`schema registry ${url.replace(/\/\/[^/@]*@/, '//')}: ${why}`)
  const asked = fetch(`${url}/schemas/ids/${number}`, { headers, signal: AbortSignal.timeout(10_000) })
  const answer = await asked.catch((error) => { throw failed(error.cause?.message || error.cause?.code || error.message) })
  const body = await answer.json().catch(() => ({}))
  if (answer.status === 404 && body?.error_code === 40403) throw new Rejected(`the registry has no schema ${number}`)
  if (answer.status === 404) throw failed('status 404; check the path in SCHEMA_REGISTRY_URL')
  if (!answer.ok) throw failed(`status ${answer.status}`)
  const schema = body?.schema
  if (!schema) throw failed('the answer has no schema')
  try {
    writers.set(number, reader.createResolver(avro.Type.forSchema(JSON.parse(schema))))
  } catch (error) {
    throw new Rejected(`schema ${number} does not fit: ${error.message}`)
  }
  return writers.get(number)
}

/** The record by the schema it was written with, as the fields of reader.avsc. */
async function decisionOf(value) {
  if (!value || value.length < 5 || value[0] !== 0) throw new Rejected('not in the Confluent wire format')
  const resolver = await writer(value.readUInt32BE(1))
  try {
    return reader.fromBuffer(value.subarray(5), resolver)
  } catch (error) {
    throw new Rejected(`not a decision: ${error.message}`)
  }
}

/**
 * What a decision asks for. To call another system, write the call to a table here and send it from there, with
 * the decision's id as its key.
 */
function act(decision, test) {
  if (test) return 'test'
  let state
  switch (decision.kind) {
    case 'entered':
    case 'strengthened':
      state = 'enrolled'
      break
    case 'exited':
      state = decision.exit?.advice === 'no_new_enrolment' ? 'no_new_enrolment' : 'stopped'
      break
    case 'withdrawn':
      state = 'stopped'
      break
    case 'triaged':
      return decision.missing.length ? 'enrich' : 'answer'
    default: // tier_changed, and kinds of the future
      return 'nothing'
  }
  const episode = decision.episode_id ?? decision.id
  setEpisode.run(episode, decision.account, state, decision.priority, decision.sequence)
  stopEpisode.run(episode)
  return state
}

/** One record, in one transaction. A repeated one moves the position and nothing else. */
async function handle(topic, partition, message) {
  const offset = Number(message.offset)
  let decision, line
  let reason = ''
  try {
    decision = await decisionOf(message.value)
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    reason = error.message
  }
  store.exec('BEGIN IMMEDIATE')
  try {
    if (!decision) {
      insertRejected.run(topic, partition, offset, reason)
      line = { rejected: [topic, partition, offset], reason }
    } else if (!known.get(decision.id)) {
      // Made by `buymode decisions send-sample`: to be seen, not to be acted on.
      const test = decision.origin === 'test' || message.headers?.['buymode-test']?.toString() === 'true'
      const did = act(decision, test)
      insertDecision.run(decision.id, decision.kind, decision.account, did)
      line = { id: decision.id, kind: decision.kind, account: decision.account, did }
    }
    movePosition.run(topic, partition, offset + 1)
    store.exec('COMMIT')
  } catch (error) {
    store.exec('ROLLBACK')
    throw error
  }
  if (line) console.log(JSON.stringify(line))
}

const user = setting('KAFKA_SASL_USERNAME')
const authority = setting('KAFKA_CA')
let reading = false
let stopping = false
const brokers = setting('KAFKA_BOOTSTRAP', 'localhost:9092')
const topics = setting('TOPICS', 'sequencer.sdr')
const kafka = new Kafka({
  clientId: 'consumer',
  brokers: brokers.split(','),
  ssl: /ssl$/i.test(setting('KAFKA_SECURITY_PROTOCOL', 'plaintext')) && (authority ? { ca: readFileSync(authority) } : true),
  sasl: user && {
    mechanism: setting('KAFKA_SASL_MECHANISM', 'SCRAM-SHA-512').toLowerCase(),
    username: user,
    password: setting('KAFKA_SASL_PASSWORD', ''),
  },
  logLevel: logLevel.ERROR,
  // Before it reads, `inTheEnd` says what is wrong.
  logCreator: () => ({ log }) => reading && !stopping && say('broker', `broker ${log.broker ?? brokers}: ${log.error ?? log.message}`),
})
// A decision counts once its transaction is committed: this is KafkaJS's default, said all the same.
const consumer = kafka.consumer({
  groupId: setting('GROUP', 'my-sequencer'),
  readUncommitted: false,
  sessionTimeout: Number(setting('KAFKA_SESSION_TIMEOUT_MS', '10000')),
  heartbeatInterval: 1000,
  allowAutoTopicCreation: false,
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    stopping = true // The record that is being handled is finished first.
    await consumer.disconnect()
    store.close()
    process.exit(0)
  })
}
// On a fault that it does not repeat by itself, the program ends: whoever started it starts it again.
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!stopping) say('crash', `broker ${brokers}: ${payload.error.message}`)
  if (!payload.restart) process.exit(1)
})
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
    for (const partition of partitions) {
      const next = position.get(topic, partition)?.next
      consumer.seek({ topic, partition, offset: String(next ?? -2) }) // -2: the beginning
    }
  }
})

/** While the broker is away, or lacks the topic: the same again. */
async function inTheEnd(what, step) {
  while (!stopping) {
    try {
      return await step()
    } catch (error) {
      say(what, `broker ${brokers}, ${what}: ${error.message}`)
      await sleep(1000)
    }
  }
}

await inTheEnd('to connect', () => consumer.connect())
for (const topic of topics.split(',')) {
  await inTheEnd(`topic ${topic}`, () => consumer.subscribe({ topics: [topic], fromBeginning: true }))
}
reading = true
await consumer.run({
  eachMessage: async ({ topic, partition, message, heartbeat }) => {
    while (!stopping) {
      try {
        return await handle(topic, partition, message)
      } catch (error) { // The store or the registry is away: the same record again.
        say('again', `again in a second: ${error.message}`)
        await sleep(1000)
        await heartbeat()
      }
    }
    throw new Error('stopping') // Not handled, so not committed.
  },
})
