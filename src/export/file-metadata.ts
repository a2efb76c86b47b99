import type { ServerFacts } from '../postgres/server-facts.ts';
import { VERSION } from '../version.ts';
import type { ExportPlan } from './plan.ts';

/** What a file says about where it comes from, in the footer's key-value metadata. */
export function fileMetadata(plan: ExportPlan, facts: ServerFacts): Record<string, string> {
  return {
    'ddpp:version': VERSION,
    'ddpp:sql': withoutCredentials(plan.query),
    'ddpp:server_version': facts.version,
    'ddpp:snapshot_time': facts.snapshotTime,
    ...(plan.tableComment === null ? {} : { 'ddpp:table_comment': plan.tableComment }),
  };
}

/** Passwords in connection strings, which a query may hand to dblink and the like. */
export function withoutCredentials(sql: string): string {
  return sql
    .replace(/(postgres(?:ql)?:\/\/[^\s:/@']*:)[^\s@']*(@)/gi, '$1…$2')
    .replace(/(\b(?:ssl)?password\s*=\s*)(?:''(?:[^']|'{4})*''|"[^"]*"|[^\s'"&]+)/gi, '$1…');
}
