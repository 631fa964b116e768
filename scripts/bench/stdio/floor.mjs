import { stdin, stdout } from "node:process";

// The smallest possible server. The benchmark runs a copy of this file in which the next two lines contain the results
// of lightfast-mcp as literals, so that the same bytes go over the pipe.
const INITIALIZE = "{}";
const TOOLS = "{}";

/** @type {Record<string, string>} */
const RESULTS = { initialize: INITIALIZE, "tools/list": TOOLS };
let rest = "";

stdin.setEncoding("utf8");
stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const { id, method } = JSON.parse(line);
    if (id === undefined) continue;
    stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${RESULTS[method] ?? "{}"}}\n`);
  }
});
