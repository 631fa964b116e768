import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const MAILING_LIST_TOOLS: readonly AnyTool<LfxApi>[] = [];
