import type { JsonObject } from "../../base/json.ts";
import { digest } from "./actions.ts";
import type { Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";

const day = 86_400_000;

/** Working days ago, what to watch for, what it is, how bad, and what was seen. */
const watched: readonly (readonly [workdaysAgo: number, observable: JsonObject, threatType: string, severity: number, description: string])[] = [
  [61, { networkIPv4: "203.0.113.24" }, "BruteForce", 3, "Guesses passwords at mail gateways"],
  [54, { domainName: "parcel-redelivery.example" }, "Phishing", 4, "False parcel notices"],
  [51, { fileHashType: "sha256", fileHashValue: digest("%1"), fileName: "invoice-2291.xlsm" }, "Malware", 5, "Loader in a prepared spreadsheet"],
  [43, { domainName: "office-login-check.example" }, "Phishing", 5, "Imitates sign-in pages"],
  [42, { url: "https://office-login-check.example/session/renew" }, "Phishing", 5, "The page that asks for passwords"],
  [36, { networkIPv4: "192.0.2.146" }, "Phishing", 4, "Hosts the false sign-in page"],
  [33, { fileHashType: "sha256", fileHashValue: digest("%2"), fileName: "svc-helper.exe" }, "Malware", 5, "Reads credentials from memory"],
  [25, { domainName: "cdn-fonts-static.example" }, "C2", 5, "Control server of the loader"],
  [16, { networkCidrBlock: "203.0.113.0/24" }, "BruteForce", 4, "Tries passwords over old protocols"],
  [6, { fileHashType: "sha256", fileHashValue: digest("%3"), fileName: "statement.pdf" }, "Malware", 5, "Abuses a hole in a document reader"],
];

/** What the feed of threats told. */
export function indicators(calendar: Calendar): readonly DemoRequest[] {
  return watched.map(([workdaysAgo, observable, threatType, severity, description], index) => {
    const at = calendar.working(workdaysAgo, 421);
    const body = {
      "@odata.type": "#microsoft.graph.tiIndicator",
      action: severity === 5 ? "block" : "alert",
      confidence: 60 + severity * 7,
      description,
      expirationDateTime: new Date(at + 180 * day).toISOString(),
      externalId: `alderbrook-feed-${1000 + index}`,
      ...observable,
      severity,
      targetProduct: "Contoso EdgeFirewall",
      threatType,
      tlpLevel: "green",
    };
    return { at, method: "POST", path: "/security/tiIndicators", body, by: applications.threatFeed };
  });
}
