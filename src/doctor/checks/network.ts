import { once } from "node:events";
import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Check } from "../check.ts";
import { failed } from "../finding.ts";
import { judgeCertificate, shownBy } from "./certificate.ts";
import { behindProxy, hostOf, withConnection } from "./connection.ts";
import { reasonOf } from "./words.ts";

/** Takes any certificate, to be able to say what is wrong with it. Nothing is sent over this connection. */
const shake = async (socket: Socket, host: string, signal: AbortSignal): Promise<TLSSocket> => {
  const names = isIP(host) ? {} : { servername: host };
  const secure = connect({ socket, host, ...names, rejectUnauthorized: false });
  // A fault after the one that is waited for has no reader.
  secure.on("error", () => {});
  await once(secure, "secureConnect", { signal });
  return secure;
};

/** Whether what listens there proves to be that host. */
export const tls: Check = {
  id: "tls",
  title: "TLS",
  failure: "unreachable",
  hint:
    "If a company proxy signs TLS anew, set NODE_EXTRA_CA_CERTS to the file of its certificate, here and in the " +
    "server's entry in each client.",
  needs: ["base-url", "proxy", "dns", "tcp"],
  skip: (subject) =>
    behindProxy(subject) ??
    (subject.target.baseUrl.protocol === "https:" ? undefined : "The base URL is plain http."),
  run: async ({ env, target: { baseUrl } }, deadline) => {
    try {
      return await withConnection(baseUrl, deadline, async (socket) => {
        const secure = await shake(socket, hostOf(baseUrl), deadline.signal);
        return judgeCertificate(shownBy(secure), env.NODE_TLS_REJECT_UNAUTHORIZED === "0");
      });
    } catch (error) {
      deadline.signal.throwIfAborted();
      return failed(`No connection with TLS: ${reasonOf(error)}.`, {
        hint: "Check the base URL, and what stands between here and there.",
      });
    }
  },
};
