// biome-ignore-all format: the example is kept as it was given to users, to the letter
import { usageService } from '../src/services/usage.service';

// Get my usage
const myUsage = await usageService.getMyUsage(30);
console.log(`Used ${myUsage.total_tokens} tokens`);
console.log(`Usage: ${myUsage.usage_percentage}% of limit`);

// Get global stats (admin)
const globalUsage = await usageService.getGlobalUsage(7);
console.log(`Total operations: ${globalUsage.total_operations}`);
console.log(`Active users: ${globalUsage.unique_users}`);

// Get realtime stats (admin)
const realtime = await usageService.getRealtimeStats();
console.log(`Last hour: ${realtime.last_hour.total_operations} ops`);

// Format for display
const formatted = usageService.formatNumber(1234567); // "1.2M"

// The example ends above. An export, because a module's unused constant is an error here.
export { formatted };
