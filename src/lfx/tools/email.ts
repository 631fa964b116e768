import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const EMAIL_TOOLS: readonly AnyTool<LfxApi>[] = [];
