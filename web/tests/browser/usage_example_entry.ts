// The documented example as a page would run it: at its own origin, with the token of who is signed in.
import { usageService } from "../../src/services/usage.service";

usageService.configure({ getToken: () => new URLSearchParams(location.search).get("token") });
await import("../usage_example");
