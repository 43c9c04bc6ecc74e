// Record an event through the service, and ask for the state:
//
//   node ask.mjs nats://127.0.0.1:4222 pak-afg-2025 USER SECRET EVENT-AS-JSON
import { connect } from "@nats-io/transport-node";

const [servers, negotiation, user, pass, event] = process.argv.slice(2);
const nc = await connect({ servers, user, pass, inboxPrefix: `_INBOX_${user}` });

// A reply with an error in its headers is a problem: the same as over HTTP.
async function ask(subject, request) {
  const reply = await nc.request(`parley.api.${subject}`, JSON.stringify(request), { timeout: 10_000 });
  const body = reply.json();
  if (reply.headers?.get("Nats-Service-Error-Code")) throw new Error(`${body.title}: ${body.detail}`);
  return body;
}

const receipt = await ask("append", { negotiation, events: [JSON.parse(event)] });
console.log(JSON.stringify(receipt));
const state = await ask("read.state", { negotiation, "min-position": receipt.positions[negotiation] });
console.log(JSON.stringify({ position: state.view.position, projections: Object.keys(state.state) }));
await nc.close();
