/** The API as a program sees it. The command line uses nothing else. */

export type Client = {
  readonly baseUrl: string;
  get<T>(path: string): Promise<T>;
  /** `body`: sent as JSON, or as it is when it is a stream of CSV. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH', path: string, body?: unknown): Promise<T>;
  upload<T>(path: string, csv: ReadableStream<Uint8Array>): Promise<T>;
};

class ApiProblem extends Error {
  readonly code: string;
  constructor(status: number, problem: { code?: string; title?: string; detail?: string }) {
    super(`${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'no details'}`);
    this.name = 'ApiProblem';
    this.code = problem.code ?? '';
  }
}

export function makeClient(baseUrl: string, key: string): Client {
  async function call<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { authorization: `Bearer ${key}`, ...init.headers };
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers });
    const text = await response.text();
    const body = text === '' ? null : JSON.parse(text);
    if (!response.ok) throw new ApiProblem(response.status, body ?? {});
    return body as T;
  }

  return {
    baseUrl,
    get: (path) => call(path, {}),
    send: (method, path, body) =>
      call(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
    upload: (path, csv) =>
      call(path, {
        method: 'POST',
        body: csv,
        headers: { 'content-type': 'text/csv' },
        duplex: 'half',
      } as RequestInit),
  };
}
