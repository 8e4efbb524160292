namespace Whalescale.Benchmarks.DataPath;

/// <summary>A measurement that cannot go on; the message is for whoever started it.</summary>
internal sealed class BenchException(string message) : Exception(message);
