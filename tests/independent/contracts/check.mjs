// The parsers that others use on our AsyncAPI and OpenAPI documents: no error, and no warning but those listed.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, kept] = process.argv.slice(2);
const require = createRequire(kept + "/");
const { Parser } = require("@asyncapi/parser");
const { AvroSchemaParser } = require("@asyncapi/avro-schema-parser");
let wrong = 0;
const say = (line) => {
  wrong += 1;
  console.log(line);
};

const parser = new Parser();
parser.registerSchemaParser(AvroSchemaParser());
const text = readFileSync(join(folder, "asyncapi.json"), "utf8");
const { document, diagnostics } = await parser.parse(text);
// 0: errors; 1: warnings. A later version of the specification is no fault of the document.
for (const { code, message, path, severity } of diagnostics) {
  if (severity > 1 || code === "asyncapi-latest-version") continue;
  say(`asyncapi: ${code}: ${message} at ${path.join(".")}`);
}
const channels = document?.channels().all() ?? [];
const operations = document?.operations().all() ?? [];
const examples = (document?.allMessages().all() ?? []).flatMap((message) => message.examples().all());
console.log(`asyncapi: ${channels.length} channels, ${operations.length} operations, ${examples.length} examples`);
if (!channels.length || !operations.length || !examples.length) say("asyncapi: nothing was read");

const { Validator } = await import(require.resolve("@seriousme/openapi-schema-validator"));
const validator = new Validator();
const result = await validator.validate(join(folder, "openapi.json"));
if (!result.valid) say(`openapi: ${JSON.stringify(result.errors, null, 1)}`);
if (validator.version !== "3.1") say(`openapi: taken for version ${validator.version}`);
const { paths, webhooks } = validator.resolveRefs();
console.log(`openapi: ${Object.keys(paths).length} paths, ${Object.keys(webhooks).length} webhooks`);
process.exit(wrong ? 1 : 0);
