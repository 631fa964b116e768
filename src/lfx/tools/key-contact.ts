import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const KEY_CONTACT_TOOLS: readonly AnyTool<LfxApi>[] = [];
