// Watch the published state of a negotiation, and miss nothing:
//
//   node watch.mjs nats://127.0.0.1:4222 pak-afg-2025 [USER SECRET]
//
// Prints a line of JSON for every value as it changes, and one for every mark: then
// what was printed before it is the state at its position.
import { connect } from "@nats-io/transport-node";
import { Kvm } from "@nats-io/kv";

const [servers, negotiation, user, pass] = process.argv.slice(2);
const nc = await connect({
  servers,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  ...(user ? { user, pass, inboxPrefix: `_INBOX_${user}` } : {}),
});
const say = (line) => console.log(JSON.stringify(line));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let seen = 0; // revision that was seen last
let life = ""; // bucket and epoch that it was seen in
let position = 0; // of the last mark
let watching; // what is watched now, to be stopped

// The key "serving" says which bucket is served. Another bucket or another epoch is
// another life of the state: forget what there was, and begin anew. It is watched from
// its present value on: a turn between a look and a watch would be missed.
async function watch() {
  const kvm = new Kvm(nc);
  const pointers = await (await kvm.open("parley")).watch({ key: "serving" });
  watching = pointers;
  let values;
  try {
    for await (const entry of pointers) {
      if (entry.operation !== "PUT") continue;
      const pointer = entry.json();
      const now = `${pointer.bucket} ${pointer.epoch}`;
      if (now === life && values) continue;
      if (now !== life) {
        say({ begins: now });
        [life, seen, position] = [now, 0, 0];
      }
      values?.stop();
      values = await (await kvm.open(pointer.bucket)).watch({
        key: `${negotiation}.>`,
        ...(seen ? { resumeFromRevision: seen + 1 } : {}),
      });
      read(values, now)
        .catch((err) => say({ waiting: err.message }))
        .finally(() => life === now && pointers.stop());
    }
  } finally {
    values?.stop();
  }
}

async function read(values, mine) {
  for await (const entry of values) {
    if (life !== mine) return;
    take(entry);
  }
}

function take(entry) {
  seen = entry.revision;
  if (entry.key !== `${negotiation}._position`) {
    const deleted = entry.operation !== "PUT";
    say({ key: entry.key, ...(deleted ? { deleted } : { value: entry.json() }) });
    return;
  }
  const mark = entry.json();
  if (!mark.filling && mark.position > position) {
    position = mark.position;
    say({ mark: position });
  }
}

// A watch ends with the life of what it watches. After a reconnection go on from
// where it ended; revisions begin with the clock, so none is ever given twice.
(async () => {
  for await (const status of nc.status()) {
    say({ connection: status.type });
    if (status.type === "reconnect") watching?.stop();
  }
})();
for (;;) {
  try {
    await watch();
  } catch (err) {
    say({ waiting: err.message });
  }
  await pause(200);
}
