// What runs at Atlassian: asks DeskPulse about an issue and its reporter, and names the issue's last score.

import api, { route } from "@forge/api";
import Resolver from "@forge/resolver";

import { panelAddress } from "./connection.js";
import { signedHeaders } from "./signature.js";

const PATIENCE = 15_000; // milliseconds until DeskPulse counts as unreachable; Forge ends a call after 25 seconds
const ISSUE_ID = /^[0-9]{1,18}$/;
const LOZENGES = { promoter: "success", passive: "default", detractor: "removed" };

async function reporterOf(issue) {
  const answer = await api.asApp().requestJira(route`/rest/api/3/issue/${issue}?fields=reporter`);
  if (!answer.ok) return null;
  const { fields } = await answer.json();
  return fields?.reporter?.accountId ?? null;
}

function patiently(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function kindOf(status) {
  if (status === 401 || status === 403) return "refused";
  return status === 404 ? "missing" : "unreachable";
}

async function askPanel(issue, customer) {
  const key = process.env.DESKPULSE_PANEL_KEY;
  if (!key) return { error: "key" };
  const url = new URL(panelAddress);
  url.searchParams.set("ticket", issue);
  if (customer) url.searchParams.set("customer", customer);
  const headers = { Accept: "application/json", ...(await signedHeaders(key, "GET", url.href)) };
  const answer = await api.fetch(url.href, { method: "GET", headers });
  if (!answer.ok) return { error: kindOf(answer.status) };
  const panel = await answer.json();
  return panel && typeof panel === "object" && "last" in panel ? { panel } : { error: "unreachable" };
}

// The answer about an issue, or the kind of error; the agent never sees a stack trace.
export async function feedback({ context }) {
  const issue = String(context?.extension?.issue?.id ?? "");
  if (!ISSUE_ID.test(issue)) return { error: "unreachable" };
  try {
    return await patiently(reporterOf(issue).then((customer) => askPanel(issue, customer)));
  } catch {
    return { error: "unreachable" };
  }
}

// The lozenge beside the panel's name: the score on this issue, which the issue property holds.
export async function status(request) {
  const issue = String((request?.extension ?? request?.context?.extension)?.issue?.id ?? "");
  const none = { status: { type: "lozenge", value: { label: "NPS", type: "default" } } };
  if (!ISSUE_ID.test(issue)) return none;
  const answer = await api.asApp().requestJira(route`/rest/api/3/issue/${issue}/properties/nps.summary`);
  if (!answer.ok) return none;
  const { value } = await answer.json();
  const type = LOZENGES[value?.category];
  if (!type || !Number.isInteger(value.score)) return none;
  return { status: { type: "lozenge", value: { label: `NPS ${value.score}`, type } } };
}

const resolver = new Resolver();
resolver.define("feedback", feedback);
export const handler = resolver.getDefinitions();
