// Watch a branch as it is published, and miss nothing:
//
//   node branch.mjs nats://127.0.0.1:4222 pak-afg-2025 no-retraction [USER SECRET]
//
// A branch is published while somebody asks for it, so this asks again and again.
// Prints a line of JSON for every value as it changes, and one for every mark: then
// what was printed before it is the state at that position. Ends with the branch.
import { connect } from "@nats-io/transport-node";
import { Kvm } from "@nats-io/kv";

const [servers, negotiation, name, user, pass] = process.argv.slice(2);
const nc = await connect({
  servers,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  ...(user ? { user, pass, inboxPrefix: `_INBOX_${user}` } : {}),
});
const say = (line) => console.log(JSON.stringify(line));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let lease; // what was answered last
let asked = 0; // when
let seen = 0; // revision that was seen last
let watching; // what is watched now, to be stopped
let ended = false;

// Ask for the branch. After another epoch of the bucket, or after more time than it is
// published for, what was seen is of no use any more: begin anew.
async function ask() {
  const request = JSON.stringify({ negotiation, name });
  const reply = await nc.request("parley.api.read.branch.watch", request, { timeout: 30_000 });
  const answer = reply.json();
  if (reply.headers?.get("Nats-Service-Error-Code")) {
    throw Object.assign(new Error(answer.detail), { status: answer.status });
  }
  const late = Date.now() - asked > 3000 * answer.askAgainSeconds;
  const anew = !lease || lease.epoch !== answer.epoch || late;
  [lease, asked] = [answer, Date.now()];
  if (anew) {
    const { author, purpose, fork } = lease.branch;
    say({ begins: lease.epoch, hypothetical: true, author, purpose, fork });
    seen = 0;
    watching?.stop();
  }
}

async function watch() {
  const bucket = await new Kvm(nc).open(lease.bucket);
  watching = await bucket.watch({
    key: lease.keys,
    ...(seen ? { resumeFromRevision: seen + 1 } : {}),
  });
  for await (const entry of watching) {
    seen = entry.revision;
    const deleted = entry.operation !== "PUT";
    if (!entry.key.endsWith("._position")) {
      say({ key: entry.key, ...(deleted ? { deleted } : { value: entry.json() }) });
    } else if (!deleted && !entry.json().filling) {
      say({ mark: entry.json().branch.position });
    } else if (deleted && entry.json().ended) {
      say({ ended: entry.json().ended });
      seen = 0; // it is published anew if it is still there
      return;
    }
  }
}

// A watch ends with the life of what it watches: after a reconnection ask again, and go
// on from where it ended.
(async () => {
  for await (const status of nc.status()) {
    say({ connection: status.type });
    if (status.type === "reconnect") watching?.stop();
  }
})();
(async () => {
  for (;;) {
    await pause(lease ? 1000 * lease.askAgainSeconds : 1000);
    if (lease && !ended) await ask().catch(refused);
  }
})();

function refused(err) {
  say({ waiting: err.message });
  if (err.status === 404) {
    ended = true; // there is no such branch, or not any more
    watching?.stop();
  }
}

while (!ended) {
  try {
    await ask();
    await watch();
  } catch (err) {
    refused(err);
  }
  await pause(200);
}
await nc.close();
process.exit(0);
