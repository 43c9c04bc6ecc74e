// A simulator that feeds an ensemble over NATS, and prints what it comes to.
//
//   node whatif.mjs nats://127.0.0.1:4222 pak-afg-2025 USER SECRET '{"seed":"7"}' < runs.ndjson
//
// The runs go in parts, each after the one before was acknowledged: the ensemble takes
// them as fast as it evaluates, and nothing piles up. A part may end anywhere.
import { connect } from "@nats-io/transport-node";

const [servers, negotiation, user, pass, options = "{}"] = process.argv.slice(2);
const nc = await connect({ servers, user, pass, inboxPrefix: `_INBOX_${user}` });

async function ask(subject, request) {
  const reply = await nc.request(`parley.api.suppose.whatif.${subject}`, JSON.stringify(request), { timeout: 120_000 });
  if (reply.headers?.get("Nats-Service-Error-Code")) throw new Error(reply.string());
  return reply;
}

const opened = await ask("open", { negotiation, ...JSON.parse(options) });
const { ensemble, instance, maxBytes } = opened.json();

// In JSON a quote takes two bytes and other characters up to six, so a part is well
// below what a message holds.
const size = Math.floor(maxBytes / 8);
let number = 0;
let rest = "";
const feed = (runs) => ask(`feed.${instance}`, { ensemble, number: ++number, runs });
process.stdin.setEncoding("utf8");
for await (const text of process.stdin) {
  rest += text;
  while (rest.length >= size) {
    const cut = /[\uD800-\uDBFF]/.test(rest[size - 1]) ? size - 1 : size; // not within a character
    await feed(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
}
if (rest) await feed(rest);
const summary = await ask(`close.${instance}`, { ensemble });
process.stdout.write(summary.string() + "\n");
await nc.close();
