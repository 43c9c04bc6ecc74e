// An agent that reacts: it supposes an event, is told what that changes, and goes on.
//
//   node agent.mjs nats://127.0.0.1:4222 pak-afg-2025 USER SECRET [STEPS]
//
// Its session is in the memory of one process, whose name its subjects end with.
import { connect } from "@nats-io/transport-node";

const [servers, negotiation, user, pass, steps = "100"] = process.argv.slice(2);
const nc = await connect({ servers, user, pass, inboxPrefix: `_INBOX_${user}` });

async function ask(subject, request) {
  const reply = await nc.request(`parley.api.${subject}`, JSON.stringify(request), { timeout: 10_000 });
  const body = reply.json();
  if (reply.headers?.get("Nats-Service-Error-Code")) throw new Error(`${body.title}: ${body.detail}`);
  return body;
}

const { session, instance, outcome } = await ask("suppose.session.open", {
  negotiation, author: user, purpose: "what would they do, if each answered the other?",
});
console.log(JSON.stringify({ begins: outcome.agreement }));

// Whoever has not signed signs; whoever has, takes it back.
let signed = outcome.agreement === "signed";
let changed = 0;
for (let step = 1; step <= Number(steps); step++) {
  const act = signed
    ? { type: "CommitmentRetracted", act: { draft: "istanbul-draft", version: 3, what: "draft" } }
    : { type: "AgreementSigned", act: { draft: "istanbul-draft", version: 3, form: "signature" } };
  const day = new Date(Date.UTC(2025, 10, 1 + step)).toISOString().slice(0, 10);
  const told = await ask(`suppose.session.append.${instance}`, {
    session, events: [{ key: `step-${step}`, occurred: day, actors: ["pakistan", "afghan-taliban"], ...act }],
  });
  signed = told.outcome.agreement === "signed";
  changed += told.changes.length;
}
const closed = await ask(`suppose.session.close.${instance}`, { session });
console.log(JSON.stringify({ events: closed.events, changed, ends: signed ? "signed" : "not signed" }));
await nc.close();
