import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const MEETING_TOOLS: readonly AnyTool<LfxApi>[] = [];
