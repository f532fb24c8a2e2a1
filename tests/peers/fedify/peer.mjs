// A server on Fedify: one actor, and a control interface for the tests that drive it.
//
//   node peer.mjs [--secure] [--first-knock rfc9421|draft-cavage-http-signatures-12]
//
// Prints "ready PORT". Under /control/: POST send {inbox, actor, activity}, POST serve {object},
// POST lookup {url}, GET received, POST forget. Everything else is Fedify's.
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  verifyObject,
  verifyRequest,
} from "@fedify/fedify";
import { Accept, Activity, Endpoints, Follow, Object as APObject, Person } from "@fedify/vocab";

const { values: options } = parseArgs({
  options: { secure: { type: "boolean" }, "first-knock": { type: "string" } },
});

const keys = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
  await generateCryptoKeyPair("Ed25519"),
];
const received = [];
const refused = [];
const served = new Map();
const followers = new Map();
const aliases = [];

const federation = createFederation({
  kv: new MemoryKvStore(),
  allowPrivateAddress: true,
  firstKnock: options["first-knock"],
  circuitBreaker: false,
});

const signed = async (context) =>
  !options.secure || (await context.getSignedKeyOwner()) != null;

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (identifier !== "fed") return null;
    const pairs = await context.getActorKeyPairs(identifier);
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Fed of Fedify",
      summary: "<p>Another server</p>",
      inbox: context.getInboxUri(identifier),
      outbox: context.getOutboxUri(identifier),
      followers: context.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
      aliases: aliases.map((each) => new URL(each)),
      url: context.getActorUri(identifier),
    });
  })
  .setKeyPairsDispatcher(() => keys)
  .authorize(async (context) => {
    // The key must be had, or nobody could check who asks.
    void context;
    return true;
  });

federation.setObjectDispatcher(APObject, "/objects/{id}", (_, { id }) => served.get(id) ?? null)
  .authorize((context) => signed(context));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }))
  .authorize((context) => signed(context));
federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({
  items: [...followers.values()],
}));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: "fed" }))
  .on(Follow, async (context, follow) => {
    await note(context, follow);
    const follower = await follow.getActor(context);
    followers.set(follower.id.href, {
      id: follower.id,
      inboxId: follower.inboxId,
      endpoints: follower.endpoints,
    });
    await context.sendActivity(
      { identifier: "fed" },
      follower,
      new Accept({
        id: new URL(`/accepts/${crypto.randomUUID()}`, context.canonicalOrigin),
        actor: follow.objectId,
        object: follow,
      }),
      { immediate: true },
    );
  })
  .on(Activity, note)
  .onUnverifiedActivity((_, activity, reason) => {
    refused.push({ id: activity.id?.href, reason: reason.type });
  });

async function note(context, activity) {
  received.push(await activity.toJsonLd({ format: "compact", contextLoader: context.contextLoader }));
}

// How each delivery proved itself, by the activity's id: Fedify itself stops at the first that holds.
const proofs = new Map();

async function examine(request, context) {
  const body = await request.clone().json();
  const loaders = { documentLoader: context.documentLoader, contextLoader: context.contextLoader };
  const key = await verifyRequest(request.clone(), loaders).catch(() => null);
  const whole = body.proof == null ? null : await verifyObject(Activity, body, loaders).catch(() => null);
  proofs.set(body.id, {
    http: key?.id?.href ?? null,
    form: request.headers.has("signature-input") ? "rfc9421" : "cavage",
    proof: whole != null,
  });
}

async function control(path, body, context) {
  switch (path) {
    case "/control/send": {
      const activity = await Activity.fromJsonLd(body.activity, context);
      await context.sendActivity(
        { identifier: "fed" },
        { id: new URL(body.actor), inboxId: new URL(body.inbox) },
        activity,
        { immediate: true },
      );
      return { sent: true };
    }
    case "/control/serve": {
      const object = await APObject.fromJsonLd(body.object, context);
      served.set(object.id.pathname.split("/").pop(), object);
      return { served: object.id.href };
    }
    case "/control/alias":
      aliases.push(body.alias);
      return {};
    case "/control/lookup": {
      const loader = await context.getDocumentLoader({ identifier: "fed" });
      const { document } = await loader(body.url);
      const object = await APObject.fromJsonLd(document, { ...context, documentLoader: loader,
        contextLoader: context.contextLoader });
      return { type: object.constructor.name, document };
    }
    case "/control/received":
      return { received, refused, proofs: Object.fromEntries(proofs), followers: [...followers.keys()] };
    case "/control/forget":
      received.length = refused.length = 0;
      return {};
    default:
      return null;
  }
}

const server = createServer(async (incoming, outgoing) => {
  try {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url, `http://${incoming.headers.host}`);
    const request = new Request(url, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).flatMap(([name, value]) =>
        [value].flat().map((each) => [name, each]),
      ),
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    const context = federation.createContext(new URL(url.origin), undefined);
    let response;
    if (url.pathname.startsWith("/control/")) {
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : {};
      const answer = await control(url.pathname, body, context);
      response = Response.json(answer ?? {}, { status: answer === null ? 404 : 200 });
    } else {
      if (incoming.method === "POST") await examine(request, context);
      response = await federation.fetch(request, { contextData: undefined });
    }
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    outgoing.writeHead(500, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ error: String(error?.stack ?? error) }));
  }
});
server.listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));
