import { AnswerReader } from "../../src/net/wire-answer.ts";
import { WireError } from "../../src/net/wire-error.ts";

/** What came of an answer that arrives in these pieces before the connection ends. */
export const outcomeOf = (pieces: readonly Buffer[], reader = new AnswerReader()) => {
  try {
    const isWhole = pieces.some((piece) => {
      const done = reader.read(piece, piece.length);
      // Whoever reads uses the same memory for the next piece.
      piece.fill("?");
      return done;
    });
    if (!isWhole) reader.end();
    const { answer, isReusable, keepAliveMs } = reader;
    return { status: answer?.status, body: answer?.body, isReusable, keepAliveMs };
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
};

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
export const lines = (...all: string[]): string => all.join("\r\n");
export const outcome = (text: string) => outcomeOf([bytes(text)]);
