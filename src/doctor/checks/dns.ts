import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Check } from "../check.ts";
import { failed, ok } from "../finding.ts";
import { behindProxy, hostOf } from "./connection.ts";
import { reasonOf } from "./words.ts";

/** The name of the host, asked for as every connection asks for it. */
export const dns: Check = {
  id: "dns",
  title: "DNS",
  failure: "unreachable",
  hint: "Check the spelling of the base URL, the network connection and the name server.",
  needs: ["base-url", "proxy"],
  skip: (subject) =>
    behindProxy(subject) ??
    (isIP(hostOf(subject.target.baseUrl)) ? "The base URL holds an address, not a name." : undefined),
  run: async ({ target }) => {
    const host = hostOf(target.baseUrl);
    try {
      const found = await lookup(host, { all: true });
      return ok(`${host} is ${found.map(({ address }) => address).join(", ")}`);
    } catch (error) {
      return failed(`${host}: ${reasonOf(error)}.`);
    }
  },
};
