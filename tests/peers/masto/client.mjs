// masto.js, driven line by line: each line of standard input is a call, each line of standard output
// an answer or an event of a stream. So that a test in Python uses the library as its authors meant it.
import { openAsBlob } from "node:fs";
import { createInterface } from "node:readline";
import {
  createOAuthAPIClient,
  createRestAPIClient,
  createStreamingAPIClient,
} from "masto";

const clients = {};
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Files are named by their path: {"$file": "/tmp/a.png", "type": "image/png"}.
async function readable(value) {
  if (Array.isArray(value)) return Promise.all(value.map(readable));
  if (value === null || typeof value !== "object") return value;
  if ("$file" in value) {
    const blob = await openAsBlob(value.$file, { type: value.type });
    return new File([blob], value.name ?? "file", { type: value.type });
  }
  const pairs = Object.entries(value).map(async ([key, each]) => [key, await readable(each)]);
  return Object.fromEntries(await Promise.all(pairs));
}

// "v1.statuses.$select(12).favourite" of a client.
async function call(client, path, args) {
  const names = path.match(/[^.()]+(\([^)]*\))?/g);
  const last = names.pop();
  let at = client;
  for (const name of names) {
    const selected = name.match(/^\$select\((.*)\)$/);
    at = selected ? at.$select(selected[1]) : at[name];
  }
  return at[last](...(await Promise.all(args.map(readable))));
}

async function listen(subscription, name) {
  for await (const event of subscription) {
    say({ stream: name, event: event.event, payload: event.payload });
  }
  say({ stream: name, ended: true });
}

const acts = {
  async open({ url, accessToken }) {
    clients.oauth = createOAuthAPIClient({ url });
    clients.rest = createRestAPIClient({ url, accessToken });
  },
  async call({ client = "rest", path, args = [] }) {
    return call(clients[client], path, args);
  },
  // A whole list, page after page, as the library walks it by the Link header.
  async pages({ path, args = [] }) {
    const found = [];
    for await (const page of await call(clients.rest, path, args)) found.push(page);
    return found;
  },
  async stream({ streamingApiUrl, accessToken, name, path, args = [] }) {
    clients.streaming ??= createStreamingAPIClient({ streamingApiUrl, accessToken });
    const subscription = await call(clients.streaming, path, args);
    listen(subscription, name).catch((error) => say({ stream: name, failed: String(error) }));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, act, ...given } = JSON.parse(line);
  acts[act](given).then(
    (answer) => say({ id, answer: answer ?? null }),
    (error) => say({ id, error: String(error), status: error.statusCode ?? null }),
  );
}
process.exit(0);
