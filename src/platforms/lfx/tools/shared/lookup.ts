import * as z from "zod";
import type { AnyTool } from "../../../../mcp/tool.ts";
import type { LfxApi } from "../../api.ts";
import type { ToolName } from "../../policy.ts";
import { lfxTool } from "./define.ts";
import { id, resource } from "./fields.ts";
import { findOne } from "./part-records.ts";

/** A tool that reads one document of the index by its id. */
export type LookupRow = {
  readonly name: ToolName;
  /** Type of the document. */
  readonly type: string;
  /** The tag that holds its id: documents of some types have no field `uid` to ask for. */
  readonly tag: string;
  /** What it is called in errors, `meeting`. */
  readonly what: string;
  readonly description: string;
  /** What the parameter `uid` says of itself. */
  readonly uid: string;
  /** The fields of the document, with spaces between. */
  readonly fields: string;
};

/** A look-up as a tool. */
export const lookupTool = ({ name, type, tag, what, description, uid, fields }: LookupRow): AnyTool<LfxApi> =>
  lfxTool(name, {
    description,
    input: z.strictObject({ uid: id(uid) }),
    output: resource(fields),
    run: (given, { api }) => findOne(api, { type, tag, what, uid: given.uid }),
  });
