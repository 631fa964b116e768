import type { Socket } from "node:net";

/** One call to make. */
export type Asked = { readonly token: string; readonly tool: string; readonly args?: object };

/** The outcome of a request that was sent whole on an open connection. */
export type Answer = {
  /** The HTTP status; `cut` if the connection ended first, `late` if there was no response in time. */
  readonly status: number | "cut" | "late";
  /** `ok`, the code of a tool error, or the `error` of any other response. */
  readonly code: string | undefined;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
};

const LIMIT_MS = 5000;

const NO_HEADERS: Answer["headers"] = new Map();

function codeOf(body: string): string | undefined {
  if (body === "") return undefined;
  const { error, result } = JSON.parse(body);
  if (!result) return typeof error === "string" ? error : String(error?.code);
  return result.isError ? String(result._meta["ai.lightfast/error"].code) : "ok";
}

/** The response in these bytes, if it is complete. */
function parse(received: string): Answer | undefined {
  const [head = "", body] = received.split("\r\n\r\n", 2);
  if (body === undefined) return undefined;
  const [start = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line) => [line.split(":", 1).join().toLowerCase(), line.replace(/^[^:]*: ?/, "")]),
  );
  if (body.length < Number(headers.get("content-length"))) return undefined;
  return { status: Number(start.split(" ")[1]), code: codeOf(body), headers };
}

/** Sends one request and reads its response. */
export function exchange(socket: Socket, request: string): Promise<Answer> {
  return new Promise((resolve) => {
    let received = "";
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      socket.off("data", read).off("close", cut);
      resolve(answer);
    };
    const read = (chunk: string): void => {
      received += chunk;
      const answer = parse(received);
      if (answer) settle(answer);
    };
    const cut = (): void => settle({ status: "cut", code: undefined, headers: NO_HEADERS });
    const late = (): void => settle({ status: "late", code: undefined, headers: NO_HEADERS });
    const timer = setTimeout(late, LIMIT_MS);
    socket.on("data", read).on("close", cut);
    socket.write(request);
  });
}

/** Serializes a call. */
export function requestOf({ host, pathname }: URL, id: string, { token, tool, args = {} }: Asked): string {
  const params = { name: tool, arguments: args };
  const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    "Accept: application/json",
    `X-Request-Id: ${id}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
