using System.Text.Json;

namespace Whalescale.Tests.Conformance;

/// <summary>Reads the published vectors and reports every case that fails, not only the first.</summary>
internal static class VectorFile
{
    public static JsonElement Read(string name)
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "Conformance", "vectors", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>Runs each case and fails with the names of all that did not hold.</summary>
    /// <param name="expectedCount">How many cases there are, so that an empty run cannot pass.</param>
    /// <param name="cases">The cases with their names.</param>
    /// <param name="check">Throws, or returns what is wrong, or null.</param>
    public static void CheckAll<T>(int expectedCount, IEnumerable<(string Name, T Value)> cases, Func<T, string?> check)
    {
        var failures = new List<string>();
        int count = 0;
        foreach ((string name, T value) in cases)
        {
            count++;
            string? failure;
            try
            {
                failure = check(value);
            }
#pragma warning disable CA1031 // An unexpected exception is the failure of this case; the others still run.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = exception.ToString();
            }

            if (failure is not null) failures.Add($"{name}: {failure}");
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count} fail:\n{string.Join('\n', failures)}");
        Assert.Equal(expectedCount, count);
    }

    public static byte[] Hex(this JsonElement element, string property) =>
        Convert.FromHexString(element.GetProperty(property).GetString()!);

    public static byte[]? HexOrNull(this JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement value) ? Convert.FromHexString(value.GetString()!) : null;

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
