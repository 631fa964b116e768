import type { Check } from "../check.ts";
import { failed, ok } from "../finding.ts";
import { portOf } from "../proxy-route.ts";
import { behindProxy, withConnection } from "./connection.ts";
import { reasonOf } from "./words.ts";

/** Whether anything listens there and can be reached. */
export const tcp: Check = {
  id: "tcp",
  title: "TCP",
  failure: "unreachable",
  hint: "Check the base URL and any firewall; where only a proxy leads out, set HTTPS_PROXY.",
  needs: ["base-url", "proxy", "dns"],
  skip: behindProxy,
  run: async ({ target: { baseUrl } }, deadline) => {
    const where = `${baseUrl.hostname} port ${portOf(baseUrl)}`;
    const started = performance.now();
    try {
      return await withConnection(baseUrl, deadline, ({ remoteAddress }) =>
        ok(
          `connected to ${remoteAddress} port ${portOf(baseUrl)} in ${Math.round(performance.now() - started)} ms`,
        ),
      );
    } catch (error) {
      // Told as what it is by whoever set the deadline.
      deadline.signal.throwIfAborted();
      return failed(`${where}: ${reasonOf(error)}.`);
    }
  },
};
