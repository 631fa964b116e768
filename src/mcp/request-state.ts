import { createHmac, hash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { createLruCache } from "../shared/cache.ts";
import { isObject, parseJson } from "../shared/json.ts";

/** What a question leaves with the client, for the call that brings its answer. The client can read it. */
export type StateClaims = {
  readonly purpose: string;
  readonly round: number;
  readonly data: unknown;
};

/** The call that a state belongs to. */
export type StateBinding = {
  readonly tool: string;
  /** As the client sent them. */
  readonly args: unknown;
  /** Tells callers apart; it may be a secret. Undefined if there is only one. */
  readonly caller: string | undefined;
};

/**
 * Why a state is refused: not signed by this server, too old, of another tool, arguments or caller, or used before by
 * this process.
 */
export type StateProblem = "invalid" | "expired" | "mismatch" | "used";

/** Signs `requestState`, which clients return, and which may come from an attacker (MCP 2026-07-28, "MRTR"). */
export type StateSigner = {
  /** @param ttlMs how long it counts, in milliseconds */
  sign(claims: StateClaims, binding: StateBinding, ttlMs: number): string;
  /** Returns the claims once, and from then on `used`. */
  verify(state: unknown, binding: StateBinding): StateClaims | StateProblem;
};

/** Begins every state. Change it together with the format. */
const VERSION = "1";

/** Limit of a state, in characters. */
const MAX_STATE = 4096;

/** Limit of the used states that are remembered, each until it expires. */
const MAX_USED = 10_000;

const NONCE_BYTES = 9;

/** What the key is for, so that a secret that serves another purpose can be used (RFC 5869, section 3.2). */
const KEY_INFO = "MCP requestState";
const KEY_BYTES = 32;

/**
 * @param secret shared by all instances that can finish each other's calls, from which the key is derived; default: a
 * random one of this process
 * @param now the wall clock, in milliseconds
 */
export function createStateSigner(
  secret: string | Buffer = randomBytes(32),
  now: typeof Date.now = Date.now,
): StateSigner {
  const key = Buffer.from(hkdfSync("sha256", secret, "", KEY_INFO, KEY_BYTES));
  const used = createLruCache<true>(now, MAX_USED);
  const mac = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  // Under the secret, because a caller's key may be guessed from a plain hash.
  const bind = ({ tool, args, caller }: StateBinding): readonly string[] => [
    tool,
    hash("sha256", canonicalJson(args ?? {}), "base64url"),
    caller === undefined ? "" : mac(`caller ${caller}`).toString("base64url"),
  ];

  return {
    sign: ({ purpose, round, data }, binding, ttlMs) => {
      const nonce = randomBytes(NONCE_BYTES).toString("base64url");
      const payload = JSON.stringify({
        purpose,
        round,
        data,
        until: now() + ttlMs,
        call: bind(binding),
        nonce,
      });
      const signed = `${VERSION}.${Buffer.from(payload).toString("base64url")}`;
      const state = `${signed}.${mac(signed).toString("base64url")}`;
      if (state.length > MAX_STATE) throw new Error(`a state has over ${MAX_STATE} characters`);
      return state;
    },
    verify: (state, binding) => {
      if (typeof state !== "string" || state.length > MAX_STATE) return "invalid";
      const [version = "", payload = "", signature = "", ...more] = state.split(".");
      const expected = mac(`${version}.${payload}`);
      const given = Buffer.from(signature, "base64url");
      const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
      if (!isSigned || version !== VERSION || more.length > 0) return "invalid";
      const claims = parseJson(Buffer.from(payload, "base64url").toString("utf8"));
      if (!isObject(claims)) return "invalid";
      const { purpose, round, data, until, call, nonce } = claims;
      if (Number(until) <= now()) return "expired";
      if (!isSameCall(call, binding, bind)) return "mismatch";
      if (used.get(String(nonce))) return "used";
      used.set(String(nonce), { value: true, until: Number(until) });
      return { purpose: String(purpose), round: Number(round), data };
    },
  };
}

function isSameCall(
  signed: unknown,
  binding: StateBinding,
  bind: (binding: StateBinding) => readonly string[],
): boolean {
  try {
    return JSON.stringify(signed) === JSON.stringify(bind(binding));
  } catch {
    // Arguments that are nested too deeply for JSON.stringify, which JSON.parse accepts.
    return false;
  }
}

/** JSON whose objects have their fields in one order, because clients may send them back in another. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
