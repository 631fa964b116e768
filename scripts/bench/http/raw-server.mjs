// The upper bound of node:http: it reads the request and returns the same bytes each time.
import { createServer } from "node:http";
import process from "node:process";
import { serve } from "./serve.mjs";

const body = process.env.CANNED ?? "{}";
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };

await serve(
  createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(200, headers).end(body));
  }),
);
