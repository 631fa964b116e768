// Loaded before anything else: stdout carries the protocol alone, so whatever a library prints goes to stderr.
import { Console } from "node:console";
import process from "node:process";

globalThis.console = new Console(process.stderr, process.stderr);
