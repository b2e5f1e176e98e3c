// The official JavaScript library on requests that were signed here: each line says what it must find.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [file, folder] = process.argv.slice(2);
const { Webhook } = createRequire(folder + "/")("standardwebhooks");
let wrong = 0;
const lines = readFileSync(file, "utf8").trimEnd().split("\n");
for (const line of lines) {
  const [name, expected, secret, id, timestamp, signature, body] = line.split("\t");
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  let found = "valid";
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
  } catch (error) {
    if (error.constructor.name !== "WebhookVerificationError") throw error;
    found = "invalid";
  }
  if (found !== expected) {
    wrong += 1;
    console.log(`javascript: ${name} is ${found}, not ${expected}`);
  }
}
console.log(`javascript: ${lines.length} requests, ${wrong} found wrong`);
process.exit(wrong ? 1 : 0);
