using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Whalescale.Agent.Api;

/// <summary>JSON in and out of a request.</summary>
internal static class JsonExchange
{
    /// <summary>Writes a document whole: it is made before its first byte leaves, so a failure never cuts one
    /// short.</summary>
    public static async Task WriteJsonAsync<T>(
        this HttpContext context, T document, JsonTypeInfo<T> type, string contentType = "application/json")
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(document, type);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="AgentRequestException">Not JSON, or not the JSON that belongs here.</exception>
    public static async Task<T> ReadJsonAsync<T>(this HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
            throw new AgentRequestException(Problems.MediaType, "send the body with Content-Type: application/json");
        try
        {
            T? document = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                .ConfigureAwait(false);
            return document ?? throw new AgentRequestException(Problems.BadJson, "the body is null");
        }
        catch (JsonException mistake)
        {
            throw new AgentRequestException(Problems.BadJson, Printable.Escape(mistake.Message));
        }
    }
}
