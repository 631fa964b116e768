import { CARDS } from "../../platforms/lightfast/cards.generated.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import { clean } from "../../shared/json.ts";
import type { Check } from "../check.ts";
import { type Finding, failed, ok, warning } from "../finding.ts";
import { clientEnvironment } from "./client-environment.ts";
import { type Conversation, converse } from "./handshake.ts";

/** A server without a key lists its tools all the same, and says so by its exit code. */
const KEYLESS = 1;

/** A client has the same in its entry; it has no key there, and must not. */
const argsFrom = ({ profile, sandbox }: Flags): readonly string[] => [
  ...(typeof profile === "string" ? ["--profile", profile] : []),
  ...(sandbox === true ? ["--sandbox"] : []),
];

const quote = (text: string): string => `"${clean(text).slice(0, 200)}"`;

const faultOf = ({ tools, strays, exitCode }: Conversation): string | undefined => {
  const [stray] = strays;
  if (stray !== undefined) return `stdout carries more than the protocol: ${quote(stray)}.`;
  if (tools.length !== CARDS.length) return `It lists ${tools.length} tools instead of ${CARDS.length}.`;
  if (exitCode === undefined) return "It goes on running when its input has ended.";
  return exitCode === 0 || exitCode === KEYLESS ? undefined : `It leaves with exit code ${exitCode}.`;
};

const judge = (talk: Conversation): Finding => {
  const fault = faultOf(talk);
  const said = talk.stderr.trim() ? [`It says on stderr: ${quote(talk.stderr)}`] : [];
  if (fault) return failed(fault, { details: said });
  const summary = `${talk.tools.length} tools listed after ${Math.round(talk.ms)} ms, as a client starts it`;
  if (talk.exitCode !== KEYLESS) return ok(summary);
  return warning(`${summary}, but without a key.`, {
    details: [...said, "Clients do not pass a shell's variables on to the servers they start."],
    hint: "Run lightfast-mcp login, or write LIGHTFAST_API_KEY into the server's entry in the client.",
  });
};

/** Starts this very program as a client does: with hardly any variable, and nothing but the protocol on its pipes. */
export const handshake: Check = {
  id: "handshake",
  title: "Handshake",
  failure: "other",
  hint: "Install the package anew; if it stays, report it with this output.",
  limitMs: 6000,
  run: async ({ flags, env, runtime }, deadline) =>
    judge(
      await converse(
        {
          file: runtime.execPath,
          args: [runtime.script, ...argsFrom(flags)],
          env: clientEnvironment(env, runtime.platform),
        },
        deadline,
      ),
    ),
};
